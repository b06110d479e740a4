using System.ComponentModel.DataAnnotations;
using Clawdbot.InferenceShim.Generation;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Drain;

/// <summary>How the shim stops. Section <c>Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Drain";

    /// <summary>
    /// Seconds running answers have to finish when the shim is asked to stop; shorter than the grace period of whoever stops it.
    /// </summary>
    [Range(0, 3600)]
    public int TimeoutSeconds { get; set; } = 120;
}

/// <summary>
/// Drains the shim on SIGTERM or the restart verb: it is not ready at once, running answers finish, then the process exits with 0. It
/// runs before the web server stops, which meanwhile answers new requests with 503.
/// </summary>
internal sealed partial class DrainOnStop(
    ConcurrencyGate gate, IOptions<DrainOptions> options, TimeProvider time, ILogger<DrainOnStop> log)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>Time for the last bytes of an answer to leave after its slot is free; the status stream must not end before.</summary>
    private static readonly TimeSpan Arrival = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _drained = new();

    /// <summary>Cancelled when nothing runs any more and the process is about to end: status streams may close.</summary>
    public CancellationToken Drained => _drained.Token;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        gate.Drain("stopping: finishing what runs, then exit");
        Draining(log, gate.InFlight);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await gate.EmptyAsync(either.Token);
            await Task.Delay(Arrival, time, either.Token);
        }
        catch (OperationCanceledException)
        {
            TimedOut(log, options.Value.TimeoutSeconds, gate.InFlight);
        }
        await _drained.CancelAsync();
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _drained.Dispose();

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining: {Running} answers are running")]
    private static partial void Draining(ILogger logger, int running);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Drain limit of {Seconds} s reached with {Running} answers running; they are cut")]
    private static partial void TimedOut(ILogger logger, int seconds, int running);
}
