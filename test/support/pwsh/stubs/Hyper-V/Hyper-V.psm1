Import-Module StubHost

function Get-VMHost {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMHost' $PSCmdlet
}

function Get-VMSwitch {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMSwitch' $PSCmdlet
}

function Get-VM {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-VM' $PSCmdlet
}

function Get-VMNetworkAdapter {
    [CmdletBinding()] param([switch] $All)
    Invoke-Stub 'Get-VMNetworkAdapter' $PSCmdlet
}

function Get-VMSwitchExtension {
    [CmdletBinding()] param([string[]] $VMSwitchName)
    Invoke-Stub 'Get-VMSwitchExtension' $PSCmdlet
}

function Get-VMSwitchTeam {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMSwitchTeam' $PSCmdlet
}

function Get-VMNetworkAdapterTeamMapping {
    [CmdletBinding()] param([string[]] $VMName)
    Invoke-Stub 'Get-VMNetworkAdapterTeamMapping' $PSCmdlet
}

function Get-VMNetworkAdapterAcl {
    [CmdletBinding()] param([string[]] $VMName)
    Invoke-Stub 'Get-VMNetworkAdapterAcl' $PSCmdlet
}

function Get-VMNetworkAdapterExtendedAcl {
    [CmdletBinding()] param([string[]] $VMName)
    Invoke-Stub 'Get-VMNetworkAdapterExtendedAcl' $PSCmdlet
}
