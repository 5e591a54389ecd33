Import-Module StubHost

function Get-Process {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-Process' $PSCmdlet
}

function Get-Service {
    [CmdletBinding()] param([string[]] $Name)
    Add-StubCall 'Get-Service'
    foreach ($service in (Get-StubDefinition services)) {
        foreach ($pattern in $Name) { if ($service.Name -like $pattern) { [pscustomobject]$service } }
    }
}
