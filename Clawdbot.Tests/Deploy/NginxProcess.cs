using System.Text.Json;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>A real Nginx.</summary>
internal sealed class NginxProcess : FrontProcess
{
    private readonly DirectoryInfo _folder;

    private NginxProcess(DirectoryInfo folder, RunningProgram program, int port, int statusPort)
        : base(FrontKind.Nginx, program, port, statusPort) => _folder = folder;

    /// <summary>Starts it before these gateways. The test is skipped where there is no Nginx.</summary>
    /// <param name="gateways">What stands behind it.</param>
    /// <param name="prepare">Puts more into the folder of its configuration.</param>
    public static async Task<NginxProcess> StartAsync(IEnumerable<Uri> gateways, Action<DirectoryInfo>? prepare = null)
    {
        var file = Require();
        for (var tries = 5; ; tries--)
        {
            var folder = Directory.CreateTempSubdirectory("clawdbot-nginx-");
            var (port, statusPort) = (FreePort.Next(), FreePort.Next());
            NginxConfiguration.Write(folder, gateways, port, statusPort);
            prepare?.Invoke(folder);
            try
            {
                var (program, _) = await RunningProgram.StartAsync(file, NginxConfiguration.Arguments(folder),
                    line => line.Contains("start worker process ", StringComparison.Ordinal) ? line : null);
                return new NginxProcess(folder, program, port, statusPort);
            }
            catch (InvalidOperationException fault)
            {
                folder.Delete(recursive: true);
                if (tries == 1 || !fault.Message.Contains("Address already in use", StringComparison.Ordinal))
                    throw;
            }
        }
    }

    /// <summary>Where it is; the test is skipped where it isn't.</summary>
    public static string Require() => Processes.Require.Program("/usr/sbin/nginx", "nginx");

    /// <summary>It asks, and sees then.</summary>
    public override Task SeesAsync(int gateways) => Task.CompletedTask;

    protected override void Clean() => _folder.Delete(recursive: true);

    protected override AccessLine Parse(JsonElement line)
    {
        string Field(string name) => line.GetProperty(name).GetString()!;
        var upstreams = Field("upstream_addr").Split(", ", StringSplitOptions.RemoveEmptyEntries);
        return new AccessLine(Field("path"), Field("status"), upstreams.Length, upstreams.LastOrDefault(""), Field("traceparent"));
    }
}
