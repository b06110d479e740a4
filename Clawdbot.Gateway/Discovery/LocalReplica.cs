using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Discovery;

/// <summary>One local replica: starts its process, watches it, and starts it again when it ends.</summary>
internal sealed partial class LocalReplica(
    string id, ShimStarter starter, ReplicaTable table, DiscoveryOptions options, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongLife = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private ShimProcess? _process;

    /// <summary>The replica as it is now; a new object at each change.</summary>
    public ReplicaEndpoint Endpoint { get; private set; } = new(id, "local", null, Note: "not started yet");

    /// <summary>Kills the process with SIGKILL; false when it does not run.</summary>
    public bool Kill() => Volatile.Read(ref _process)?.Kill() ?? false;

    /// <summary>Keeps the process running until cancelled, then stops it.</summary>
    public async Task RunAsync(Action changed, CancellationToken cancellation)
    {
        var delay = TimeSpan.FromMilliseconds(options.RestartDelayMilliseconds);
        for (var starts = 1; !cancellation.IsCancellationRequested; starts++)
        {
            var began = time.GetTimestamp();
            var end = await LiveAsync(starts, changed, cancellation);
            if (cancellation.IsCancellationRequested)
                return;
            if (time.GetElapsedTime(began) > LongLife)
                delay = TimeSpan.FromMilliseconds(options.RestartDelayMilliseconds);
            Ended(log, id, end, delay.TotalMilliseconds);
            Say(changed, Endpoint with { Address = null, Pid = null, Note = $"process {end}; starting it again" });
            try
            {
                await Task.Delay(delay, time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            // The wait does not grow after a process that ran long enough to serve.
            delay = end.Served ? delay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
        }
    }

    private async Task<ProcessEnd> LiveAsync(int starts, Action changed, CancellationToken cancellation)
    {
        ShimProcess process;
        try
        {
            process = await starter.StartAsync(id, log);
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or IOException)
        {
            return new ProcessEnd($"could not be started: {fault.Message}", Served: false);
        }
        using (process)
        {
            Volatile.Write(ref _process, process);
            Say(changed, new ReplicaEndpoint(id, "local", null, process.Id, starts, "starting"));
            try
            {
                if (await process.ListeningAsync(cancellation) is { } address)
                {
                    Say(changed, new ReplicaEndpoint(id, "local", address, process.Id, starts));
                    await WatchAsync(process, cancellation);
                }
                return await process.EndAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                await process.StopAsync(TimeSpan.FromSeconds(options.StopSeconds), time);
                return new ProcessEnd("stopped", Served: true);
            }
            finally
            {
                Volatile.Write(ref _process, null);
            }
        }
    }

    /// <summary>Waits for the process's end; kills a process that has been silent for too long (SIGSTOP, deadlock).</summary>
    private async Task WatchAsync(ShimProcess process, CancellationToken cancellation)
    {
        while (!process.Exited.IsCompleted)
        {
            await Task.WhenAny(process.Exited, Task.Delay(Look, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            var replica = table.Current.Find(id);
            if (replica is { Ejection: EjectionCause.Silent } && replica.Pid == process.Id
                && time.GetMonotonicTime() - replica.EnteredState > TimeSpan.FromSeconds(options.HungRestartSeconds))
            {
                Hung(log, id, options.HungRestartSeconds);
                process.Kill();
                return;
            }
        }
    }

    private void Say(Action changed, ReplicaEndpoint endpoint)
    {
        Endpoint = endpoint;
        changed();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Id}: process {End}; starting it again in {Delay} ms")]
    private static partial void Ended(ILogger logger, string id, ProcessEnd end, double delay);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Id}: silent for {Seconds} s although its process lives; killing it")]
    private static partial void Hung(ILogger logger, string id, int seconds);
}

/// <summary>How a shim process ended.</summary>
/// <param name="How">How it ended, in words.</param>
/// <param name="Served">Whether it had begun to listen.</param>
internal sealed record ProcessEnd(string How, bool Served)
{
    /// <inheritdoc/>
    public override string ToString() => How;
}
