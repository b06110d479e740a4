namespace Clawdbot.Bench.Measure;

/// <summary>Switches of the .NET runtime that a proxy is started with: the same for our gateway and for the plain YARP proxy.</summary>
internal static class Switches
{
    /// <summary>The defaults of .NET.</summary>
    public static IReadOnlyDictionary<string, string> Defaults { get; } = new Dictionary<string, string>
    {
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0x46",
        ["Edge__InlineSockets"] = "false",
    };

    /// <summary>
    /// The switches that we ship (in the gateway's project file and Program.cs): idle workers sleep at once, and what a socket brings is
    /// handled on the thread that noticed it.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Shipped { get; } = new Dictionary<string, string>
    {
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
        ["Inline"] = "true", // name of the same switch in the plain proxy
    };
}
