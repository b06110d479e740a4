using Clawdbot.Testing.Processes;
using System.Globalization;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Two gateways that share their replicas, behind a real Nginx.</summary>
internal sealed class NginxSite : IAsyncDisposable
{
    /// <summary>Nothing here is about replicas: they are believed however slow the machine is, and while a test holds them.</summary>
    private static readonly string[] Patience =
        ["--Forwarding:FirstTokenMilliseconds=120000", "--Forwarding:NextTokenMilliseconds=120000", "--Health:SilenceMilliseconds=60000"];

    private readonly string[] _arguments;

    private NginxSite(string[] arguments) => _arguments = arguments;

    public List<SiteGateway> Gateways { get; } = [];

    public NginxProcess Nginx { get; private set; } = null!;

    /// <summary>Two processes before these replicas.</summary>
    public static Task<NginxSite> StartAsync(IEnumerable<Uri> replicas, params string[] arguments) =>
        StartAsync(replicas, arguments, async all => new SiteGateway(await GatewayProcess.StartAsync(all)));

    /// <summary>The same in this process: nobody kills or stops them.</summary>
    public static Task<NginxSite> HostedAsync(IEnumerable<Uri> replicas, params string[] arguments) =>
        StartAsync(replicas, arguments, async all => new SiteGateway(await HostedGateway.StartAsync(all)));

    private static async Task<NginxSite> StartAsync(
        IEnumerable<Uri> replicas, string[] arguments, Func<string[], Task<SiteGateway>> gateway)
    {
        // Nginx says for whom it speaks, so that nobody behind it is local.
        var site = new NginxSite([$"--Fleet:Secret={ShimHost.Secret}", "--Auth:AllowAnonymous=true", .. Patience,
            .. replicas.Select((r, i) => $"--Discovery:Replicas:{i.ToString(CultureInfo.InvariantCulture)}={r}"), .. arguments]);
        try
        {
            NginxProcess.Require();
            for (var i = 0; i < 2; i++)
                site.Gateways.Add(await gateway(site._arguments));
            site.Nginx = await NginxProcess.StartAsync(site.Gateways.Select(g => g.Address));
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until both gateways take requests.</summary>
    public async Task<NginxSite> ServingAsync()
    {
        foreach (var gateway in Gateways)
            await gateway.Fleet.UntilAsync(f => f.Replicas.Count > 0 && f.Replicas.All(r => r.State == "Healthy"));
        return this;
    }

    /// <summary>SIGKILL, and waits for the end.</summary>
    public async Task KillAsync(int gateway)
    {
        Gateways[gateway].Program.Signal(Signals.Kill);
        await Gateways[gateway].Program.Exited;
    }

    /// <summary>Starts an ended gateway again at its old address, and waits until it serves.</summary>
    public async Task RestartAsync(int gateway)
    {
        var address = Gateways[gateway].Address;
        await Gateways[gateway].DisposeAsync();
        Gateways[gateway] = new SiteGateway(await GatewayProcess.StartAsync([.. _arguments, $"--urls=http://{address.Authority}"]));
        await Gateways[gateway].Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
    }

    /// <summary>Which gateway has the one request that is under way.</summary>
    public async Task<int> HolderAsync()
    {
        var holder = -1;
        await Poll.UntilAsync(async () =>
        {
            for (var i = 0; holder < 0 && i < Gateways.Count; i++)
                holder = (await Gateways[i].Fleet.NowAsync()).Active == 1 ? i : -1;
            return holder >= 0;
        });
        return holder;
    }

    public async ValueTask DisposeAsync()
    {
        if (Nginx is not null)
            await Nginx.DisposeAsync();
        foreach (var gateway in Gateways)
            await gateway.DisposeAsync();
    }
}
