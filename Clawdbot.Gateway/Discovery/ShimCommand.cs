using System.Diagnostics;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Discovery;

/// <summary>How a local shim is started. The gateway's own <c>Engine</c> section is handed on to it.</summary>
internal sealed class ShimCommand(IConfiguration configuration, FleetOptions fleet)
{
    private const string Program = "Clawdbot.InferenceShim";

    /// <summary>Variables of the gateway's environment that a shim must not inherit.</summary>
    private static readonly string[] NotInherited =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "HTTP_PORTS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"];

    /// <summary>Where the gateway carries the shim; container images don't.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "shim");

    /// <summary>Fleet secret; goes by standard input.</summary>
    public string Secret => fleet.Secret;

    /// <summary>Admin secret; goes by standard input.</summary>
    public string AdminSecret => fleet.AdminSecret;

    /// <summary>The start of the replica <paramref name="id"/>.</summary>
    public ProcessStartInfo StartInfo(string id)
    {
        var executable = Path.Combine(Folder, OperatingSystem.IsWindows() ? Program + ".exe" : Program);
        var start = new ProcessStartInfo
        {
            FileName = File.Exists(executable) ? executable : "dotnet",
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (start.FileName == "dotnet")
            start.ArgumentList.Add(Path.Combine(Folder, Program + ".dll"));
        // The system chooses the port and the shim says which: a port looked up beforehand may be taken by then.
        start.ArgumentList.Add("--urls=http://127.0.0.1:0");
        start.ArgumentList.Add("--Parent:Stdin=true");
        foreach (var (key, value) in configuration.GetSection("Engine").AsEnumerable().Where(pair => pair.Value is not null))
            start.ArgumentList.Add($"--{key}={value}");
        foreach (var inherited in NotInherited)
            start.Environment.Remove(inherited);
        start.Environment["OTEL_SERVICE_NAME"] = $"shim-{id}";
        return start;
    }
}
