Import-Module StubHost

function Get-CimInstance {
    [CmdletBinding()] param([string] $Namespace, [string] $ClassName, [string] $Filter, [string[]] $Property)
    Invoke-Stub "Get-CimInstance $ClassName" $PSCmdlet
}
