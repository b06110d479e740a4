using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Clawdbot.Testing.Load;

namespace Clawdbot.Testing.Processes;

/// <summary>A real gateway process on free ports, with clients for tests.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private readonly RunningProgram _program;

    private GatewayProcess(RunningProgram program, Uri address, Uri inside)
    {
        (_program, Address, Inside) = (program, address, inside);
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5), DefaultRequestVersion = HttpVersion.Version11 };
        Chat = new ChatClient(Http);
        Fleet = new FleetWatch(address);
    }

    public Uri Address { get; }

    /// <summary>The address of the internal listener.</summary>
    public Uri Inside { get; }

    public HttpClient Http { get; }

    public ChatClient Chat { get; }

    public FleetWatch Fleet { get; }

    public RunningProgram Program => _program;

    /// <summary>Starts a gateway with local replicas, and waits until all serve.</summary>
    /// <param name="replicas">Number of replicas.</param>
    /// <param name="tokensPerSecond">Tokens per second of each answer; 0 for no limit.</param>
    /// <param name="firstTokenMilliseconds">Milliseconds before an attempt's first token.</param>
    /// <param name="arguments">More arguments.</param>
    public static async Task<GatewayProcess> WithLocalReplicasAsync(
        int replicas, double tokensPerSecond, int firstTokenMilliseconds, params string[] arguments)
    {
        var gateway = await StartAsync([
            FormattableString.Invariant($"--Discovery:LocalReplicas={replicas}"),
            FormattableString.Invariant($"--Engine:Embedded:TokensPerSecond={tokensPerSecond}"),
            FormattableString.Invariant($"--Engine:Embedded:FirstTokenDelayMilliseconds={firstTokenMilliseconds}"),
            .. arguments]);
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == replicas && f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }

    /// <summary>Starts a gateway with these arguments only.</summary>
    public static Task<GatewayProcess> StartAsync(params string[] arguments) => StartAsync(new Dictionary<string, string>(), arguments);

    /// <summary>Starts a gateway with these arguments and environment variables only.</summary>
    public static Task<GatewayProcess> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartAsync(Repository.Program("Clawdbot.Gateway"), environment, arguments);

    /// <summary>Starts another build of the gateway.</summary>
    /// <param name="path">The program.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="arguments">Arguments.</param>
    public static async Task<GatewayProcess> StartAsync(
        string path, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var (program, ready) = await RunningProgram.StartAsync(path,
            ["--urls=http://127.0.0.1:0", "--Edge:InternalUrl=http://127.0.0.1:0", .. arguments],
            line => Serving().Match(line) is { Success: true } match ? $"{match.Groups[1].Value} {match.Groups[2].Value}" : null,
            environment);
        var addresses = ready.Split(' ');
        return new GatewayProcess(program, new Uri(addresses[0]), new Uri(addresses[1]));
    }

    /// <summary>Sends this API key with every request of its clients from now on.</summary>
    public GatewayProcess With(string key)
    {
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Fleet.With(key);
        return this;
    }

    /// <summary>The sum over all series of a counter whose labels contain all of <paramref name="labels"/>.</summary>
    public async Task<double> MetricAsync(string name, params string[] labels)
    {
        var text = await Http.GetStringAsync("/metrics");
        return text.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Fleet.DisposeAsync();
        await _program.DisposeAsync();
    }

    [GeneratedRegex(@"Clawdbot serves at (\S+) \(admin verbs at (\S+)\)")]
    private static partial Regex Serving();
}
