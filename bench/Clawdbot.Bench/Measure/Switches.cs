namespace Clawdbot.Bench.Measure;

/// <summary>Switches of the .NET runtime that a proxy is started with: the same ones for ours and for the one it is compared with.</summary>
internal static class Switches
{
    /// <summary>As .NET has them.</summary>
    public static IReadOnlyDictionary<string, string> Defaults { get; } = new Dictionary<string, string>
    {
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0x46",
        ["Edge__InlineSockets"] = "false",
    };

    /// <summary>As we ship them (the gateway's project file and Program.cs): workers sleep when there is nothing to do, and what a socket brings is dealt with where it was noticed.</summary>
    public static IReadOnlyDictionary<string, string> Shipped { get; } = new Dictionary<string, string>
    {
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
        ["Inline"] = "true", // the plain proxy's word for it
    };
}
