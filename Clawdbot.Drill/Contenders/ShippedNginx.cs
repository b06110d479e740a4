using System.Globalization;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Contenders;

/// <summary>Nginx before two or more gateways, with the configuration that ships (<c>deploy/nginx</c>).</summary>
internal sealed class ShippedNginx : IAsyncDisposable
{
    private readonly RunningProgram _program;
    private readonly DirectoryInfo _folder;

    private ShippedNginx(RunningProgram program, DirectoryInfo folder, Uri address) =>
        (_program, _folder, Address) = (program, folder, address);

    public Uri Address { get; }

    public static async Task<ShippedNginx> StartAsync(IEnumerable<Uri> gateways)
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-drill-nginx-");
        var port = FreePort.Next();
        NginxConfiguration.Write(folder, gateways, port, FreePort.Next());
        var (program, _) = await RunningProgram.StartAsync(NginxProxy.Find(), NginxConfiguration.Arguments(folder),
            line => line.Contains("start worker process ", StringComparison.Ordinal) ? line : null);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        return new ShippedNginx(program, folder, address);
    }

    public async ValueTask DisposeAsync()
    {
        _program.Signal(Signals.Term); // the workers of a killed master would go on running
        await _program.Exited;
        await _program.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
