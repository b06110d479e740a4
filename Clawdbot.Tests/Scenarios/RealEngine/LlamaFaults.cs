using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>Kills and stops the servers of a fleet in turn, and never one while the other does not serve.</summary>
internal sealed class LlamaFaults(LlamaFleet fleet)
{
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenStops = TimeSpan.FromSeconds(7);

    /// <summary>Servers that got SIGKILL.</summary>
    public int Kills { get; private set; }

    /// <summary>Servers that got SIGSTOP.</summary>
    public int Stops { get; private set; }

    /// <summary>One fault after the other, each as soon as it is due, both replicas serve and one of them answers.</summary>
    /// <param name="isOver">Whether it was enough.</param>
    public async Task RunAsync(Func<bool> isOver)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (kill, stop) = (BetweenKills, BetweenStops);
        while (!isOver())
        {
            var isStop = stop < kill;
            await Poll.UntilAsync(() => isOver() || TimeProvider.System.GetElapsedTime(start) >= (isStop ? stop : kill));
            if (isOver() || await VictimAsync(isOver) is not { } victim)
                return;
            if (isStop)
                (Stops, stop) = (Stops + 1, TimeProvider.System.GetElapsedTime(start) + BetweenStops);
            else
                (Kills, kill) = (Kills + 1, TimeProvider.System.GetElapsedTime(start) + BetweenKills);
            await ReplacedAsync(victim, isStop ? Signals.Stop : Signals.Kill);
        }
    }

    /// <summary>The shim that carries most answers, as soon as all replicas serve; null when it was enough before.</summary>
    private async Task<LlamaShim?> VictimAsync(Func<bool> isOver)
    {
        LlamaShim? victim = null;
        await Poll.UntilAsync(async () =>
        {
            await fleet.HealthyAsync();
            var most = 0;
            foreach (var shim in fleet.Shims)
            {
                if (await fleet.AnsweringAsync(shim) is var answering && answering > most)
                    (most, victim) = (answering, shim);
            }
            return victim is not null || isOver();
        });
        return victim;
    }

    /// <summary>
    /// Sends the signal, and waits until the shim has started another server: what a gateway believed before may be a moment old.
    /// </summary>
    private static async Task ReplacedAsync(LlamaShim shim, int signal)
    {
        var starts = shim.Engines.Count;
        Signals.Send(shim.Engine, signal);
        await Poll.UntilAsync(() => shim.Engines.Count > starts);
    }
}
