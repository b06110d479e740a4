using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes;

/// <summary>Speaks as NVIDIA's DCGM exporter does, of one GPU that nobody has.</summary>
internal sealed class DcgmExporter : IAsyncDisposable
{
    private const string Labels =
        """{gpu="0",UUID="GPU-0",pci_bus_id="00000000:01:00.0",device="nvidia0",modelName="NVIDIA of the tests",Hostname="host-0"}""";

    private static readonly (string Name, string Help, double Value)[] Fields =
    [
        ("DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", 63),
        ("DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB).", 21000),
        ("DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB).", 3000),
        ("DCGM_FI_DEV_FB_RESERVED", "Framebuffer memory reserved (in MiB).", 400),
        ("DCGM_FI_DEV_GPU_TEMP", "GPU temperature (in C).", 61),
        ("DCGM_FI_DEV_XID_ERRORS", "Value of the last XID error encountered.", 0),
    ];

    private readonly WebApplication _app;

    private DcgmExporter(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<DcgmExporter> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/metrics", () => Results.Text(
            string.Concat(Fields.Select(f =>
                FormattableString.Invariant($"# HELP {f.Name} {f.Help}\n# TYPE {f.Name} gauge\n{f.Name}{Labels} {f.Value}\n"))),
            "text/plain; version=0.0.4; charset=utf-8"));
        await app.StartAsync();
        return new DcgmExporter(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
