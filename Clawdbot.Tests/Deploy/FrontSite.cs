using Clawdbot.Testing.Processes;
using System.Globalization;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Two gateways that share their replicas, behind a real Nginx or HAProxy.</summary>
internal sealed class FrontSite : IAsyncDisposable
{
    /// <summary>Nothing here is about replicas: they are believed however slow the machine is, and while a test holds them.</summary>
    private static readonly string[] Patience =
        ["--Forwarding:FirstTokenMilliseconds=120000", "--Forwarding:NextTokenMilliseconds=120000", "--Health:SilenceMilliseconds=60000"];

    private readonly string[] _arguments;

    private FrontSite(string[] arguments) => _arguments = arguments;

    public List<SiteGateway> Gateways { get; } = [];

    public FrontProcess Front { get; private set; } = null!;

    /// <summary>Two processes before these replicas.</summary>
    public static Task<FrontSite> StartAsync(FrontKind front, IEnumerable<Uri> replicas, params string[] arguments) =>
        StartAsync(front, replicas, arguments, async all => new SiteGateway(await GatewayProcess.StartAsync(all)));

    /// <summary>The same in this process: nobody kills or stops them.</summary>
    public static Task<FrontSite> HostedAsync(FrontKind front, IEnumerable<Uri> replicas, params string[] arguments) =>
        StartAsync(front, replicas, arguments, async all => new SiteGateway(await HostedGateway.StartAsync(all)));

    private static async Task<FrontSite> StartAsync(
        FrontKind front, IEnumerable<Uri> replicas, string[] arguments, Func<string[], Task<SiteGateway>> gateway)
    {
        // The front says for whom it speaks, so that nobody behind it is local.
        var site = new FrontSite([$"--Fleet:Secret={ShimHost.Secret}", "--Auth:AllowAnonymous=true", .. Patience,
            .. replicas.Select((r, i) => $"--Discovery:Replicas:{i.ToString(CultureInfo.InvariantCulture)}={r}"), .. arguments]);
        try
        {
            FrontProcess.Require(front);
            for (var i = 0; i < 2; i++)
                site.Gateways.Add(await gateway(site._arguments));
            site.Front = await FrontProcess.StartAsync(front, site.Gateways.Select(g => g.Address));
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until both gateways take requests.</summary>
    public async Task<FrontSite> ServingAsync()
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
        if (Front is not null)
            await Front.DisposeAsync();
        foreach (var gateway in Gateways)
            await gateway.DisposeAsync();
    }
}
