using System.Threading.Channels;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Shims;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Ledger;

/// <summary>
/// Collects the ledger's lines. No request waits for it: costs that an attempt does not show are asked of its shim afterwards, and a line
/// that there is no room for is dropped and counted. Thread-safe.
/// </summary>
internal sealed class RequestLedger(IOptions<LedgerOptions> options, ShimClient shims, GatewayMetrics metrics)
{
    private const int MostLines = 16_384;
    private const int MostAsking = 1024;

    private readonly Channel<LedgerLine> _lines =
        Channel.CreateBounded<LedgerLine>(new BoundedChannelOptions(MostLines) { SingleReader = true });
    private int _asking;

    /// <summary>Whether a ledger is kept.</summary>
    public bool IsKept => options.Value.Path.Length > 0;

    /// <summary>The lines that are to be written.</summary>
    public ChannelReader<LedgerLine> Lines => _lines.Reader;

    /// <summary>Number of requests whose costs are being asked for.</summary>
    public int Asking => Volatile.Read(ref _asking);

    /// <summary>Adds a request that is over.</summary>
    public void Add(LedgerEntry entry)
    {
        if (!IsKept)
            return;
        var known = entry.Attempts.Select(a => Cost.Known(a)).ToList();
        if (known.TrueForAll(c => c is not null))
            Write(new LedgerLine(entry, [.. known.Select(c => c!.Value)]));
        else
            _ = AskAsync(entry);
    }

    /// <summary>Ends the lines: no more are added.</summary>
    public void Close() => _lines.Writer.TryComplete();

    private async Task AskAsync(LedgerEntry entry)
    {
        var mayAsk = Interlocked.Increment(ref _asking) <= MostAsking;
        try
        {
            Write(new LedgerLine(entry, await Task.WhenAll(entry.Attempts.Select(a => CostAsync(a, mayAsk)))));
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
        }
    }

    private async Task<Cost> CostAsync(AttemptRecord attempt, bool mayAsk)
    {
        if (Cost.Known(attempt) is { } known)
            return known;
        if (!mayAsk || await shims.CostAsync(attempt.Address!, attempt.Id) is not { } told)
            return Cost.Seen(attempt);
        // Only the process that ran an attempt knows what it cost, and another one may answer at that address by now.
        return told.Instance == attempt.Instance || (told.Instance.Length == 0 && attempt.Tokens == 0)
            ? new Cost(told.PromptTokens, told.Generated, true)
            : Cost.Seen(attempt);
    }

    private void Write(LedgerLine line)
    {
        if (!_lines.Writer.TryWrite(line))
            metrics.LedgerDropped(1);
    }
}
