Import-Module StubHost

function Get-NetAdapter {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapter' $PSCmdlet
}

function Get-NetAdapterSriov {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterSriov' $PSCmdlet
}

function Get-NetAdapterSriovVf {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterSriovVf' $PSCmdlet
}

function Get-NetAdapterVPort {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterVPort' $PSCmdlet
}

function Get-NetAdapterVmq {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterVmq' $PSCmdlet
}

function Get-NetAdapterVmqQueue {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterVmqQueue' $PSCmdlet
}

function Get-NetAdapterStatistics {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterStatistics' $PSCmdlet
}

function Get-NetAdapterHardwareInfo {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterHardwareInfo' $PSCmdlet
}
