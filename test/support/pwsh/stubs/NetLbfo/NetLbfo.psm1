Import-Module StubHost

function Get-NetLbfoTeam {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-NetLbfoTeam' $PSCmdlet
}
