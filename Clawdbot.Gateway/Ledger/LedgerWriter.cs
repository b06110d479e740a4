using System.Buffers;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Ledger;

/// <summary>Writes the ledger's lines to its file in the background.</summary>
internal sealed partial class LedgerWriter(
    RequestLedger ledger, IOptions<LedgerOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<LedgerWriter> log)
    : BackgroundService
{
    private const int Batch = 64 << 10;

    private static readonly TimeSpan LastQuestions = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private bool _isTroubled;

    /// <summary>Writes the last lines. No request runs any more; costs that are still being asked for are waited for.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        var until = time.GetTimestamp();
        while (ledger.Asking > 0 && time.GetElapsedTime(until) < LastQuestions && !cancellationToken.IsCancellationRequested)
            await Task.Delay(Look, time, CancellationToken.None);
        ledger.Close();
        if (ExecuteTask is { } writing)
            await writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!ledger.IsKept)
            return;
        using var file = new LedgerFile(options.Value);
        var (batch, lines) = (new ArrayBufferWriter<byte>(Batch), 0);
        while (await ledger.Lines.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.WrittenCount < Batch && ledger.Lines.TryRead(out var line))
            {
                line.WriteTo(batch);
                lines++;
            }
            Write(file, batch.WrittenSpan, lines);
            batch.ResetWrittenCount();
            lines = 0;
        }
    }

    private void Write(LedgerFile file, ReadOnlySpan<byte> batch, int lines)
    {
        try
        {
            file.Append(batch);
            _isTroubled = false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            metrics.LedgerDropped(lines);
            if (!_isTroubled)
                CannotWrite(log, options.Value.Path, fault.Message);
            _isTroubled = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The ledger {Path} can't be written and loses lines: {Why}. Said once until it works again")]
    private static partial void CannotWrite(ILogger logger, string path, string why);
}
