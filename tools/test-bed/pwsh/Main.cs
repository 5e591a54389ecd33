// PowerShell 7 itself: its console host with its command line, streams and exit codes.
return Microsoft.PowerShell.ConsoleShell.Start(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2(), "", "", args);
