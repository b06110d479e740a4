namespace Clawdbot.Testing.Processes;

/// <summary>A real shim process that no gateway started, as in production.</summary>
internal sealed class ShimHost : IAsyncDisposable
{
    public const string Secret = "fleet-secret-of-the-tests";
    public const string AdminSecret = "admin-secret-of-the-tests";

    private const string Prefix = "clawdbot-shim listening on ";

    private ShimHost(RunningProgram program, Uri address) => (Program, Address) = (program, address);

    public RunningProgram Program { get; }

    public Uri Address { get; }

    public static Task<ShimHost> StartAsync(params string[] arguments) => StartAsync(new Dictionary<string, string>(), arguments);

    /// <summary>Starts a shim with these environment variables and arguments.</summary>
    public static async Task<ShimHost> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var (program, ready) = await RunningProgram.StartAsync(Repository.Program("Clawdbot.InferenceShim"),
            ["--urls=http://127.0.0.1:0", $"--Fleet:Secret={Secret}", $"--Fleet:AdminSecret={AdminSecret}", .. arguments],
            line => line.StartsWith(Prefix, StringComparison.Ordinal) ? line[Prefix.Length..] : null, environment);
        return new ShimHost(program, new Uri(ready));
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
