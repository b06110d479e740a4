using System.Diagnostics;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Discovery;

/// <summary>The command that starts a local shim. The gateway's own <c>Engine</c> section is passed on to it.</summary>
internal sealed class ShimCommand(IConfiguration configuration, FleetOptions fleet)
{
    private const string Program = "Clawdbot.InferenceShim";

    /// <summary>Variables of the gateway's environment that a shim must not inherit.</summary>
    private static readonly string[] NotInherited =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "HTTP_PORTS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"];

    /// <summary>The folder of the shim beside the gateway; container images do not have it.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "shim");

    /// <summary>The fleet secret; passed by standard input.</summary>
    public string Secret => fleet.Secret;

    /// <summary>The admin secret; passed by standard input.</summary>
    public string AdminSecret => fleet.AdminSecret;

    /// <summary>How to start the process of the replica <paramref name="id"/>.</summary>
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
        // The system chooses the port and the shim prints it: a port that was chosen beforehand may be taken by then.
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
