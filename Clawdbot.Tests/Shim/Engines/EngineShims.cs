using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines;

/// <summary>Shims in this process, each in front of a faked engine of its own.</summary>
/// <param name="kind">As in <c>Engine:Kind</c>.</param>
/// <param name="fake">Starts an engine.</param>
internal sealed class EngineShims<TFake>(string kind, Func<EngineCore?, Task<TFake>> fake) : IAsyncDisposable where TFake : EngineFake
{
    private readonly List<HostedShim> _shims = [];

    /// <summary>The engines.</summary>
    public List<TFake> Fakes { get; } = [];

    /// <summary>A gateway for each.</summary>
    public List<FleetCaller> Callers { get; } = [];

    /// <summary>Starts so many and waits until they serve.</summary>
    public async ValueTask StartAsync(int count, params string[] arguments)
    {
        for (var i = 0; i < count; i++)
        {
            Fakes.Add(await fake(null));
            _shims.Add(await HostedShim.StartAsync(EngineShims.Arguments(kind, Fakes[i], arguments)));
            Callers.Add(new FleetCaller(_shims[i].Address));
            await Callers[i].StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Callers.ForEach(c => c.Dispose());
        foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(Fakes))
            await part.DisposeAsync();
    }
}

/// <summary>What a shim in front of a faked engine is told.</summary>
internal static class EngineShims
{
    /// <summary>A shim that sends no canaries: requests that a test has not sent would be in its way.</summary>
    public static string[] Arguments(string kind, EngineFake fake, params string[] more) =>
        ["--Liveness:Canary=Off", $"--Engine:Kind={kind}", $"--Engine:Address={fake.Address}", .. more];
}
