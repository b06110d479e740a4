using System.Net.Sockets;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Whether anybody answers at the engine's address, whatever he says. Thread-safe.</summary>
internal sealed class EngineReachability(EngineConnection connection, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private long _at = time.GetTimestamp();
    private volatile bool _isRefused;
    private volatile bool _ever;
    private volatile string? _fault;

    /// <summary>When it last answered, as a timestamp; before it ever has, when it began to be asked.</summary>
    public long At => Volatile.Read(ref _at);

    /// <summary>It has answered at least once.</summary>
    public bool Ever => _ever;

    /// <summary>The last time it was asked, nobody listened.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Why it did not answer the last time it was asked; null when it did.</summary>
    public string? Fault => _fault;

    /// <summary>It answered.</summary>
    public void Heard(long at)
    {
        if (at > At)
            Volatile.Write(ref _at, at);
        (_ever, _isRefused, _fault) = (true, false, null);
    }

    /// <summary>It did not answer, or not with what was asked for.</summary>
    public void Failed(Exception fault)
    {
        _isRefused = IsRefusal(fault);
        _fault = fault.Message;
    }

    /// <summary>A generation failed: that is an answer, unless nobody listened.</summary>
    public void GenerationFailed(Exception fault)
    {
        if (IsRefusal(fault))
            Failed(fault);
    }

    /// <summary>Nothing is known: its process was started anew.</summary>
    public void Forget()
    {
        (_ever, _isRefused, _fault) = (false, false, null);
        Volatile.Write(ref _at, time.GetTimestamp());
    }

    /// <summary>Asks, for no more than whether somebody is there.</summary>
    public async Task AskAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await connection.PingAsync(either.Token);
            Heard(time.GetTimestamp());
        }
        catch (EngineFailureException fault)
        {
            Failed(fault);
        }
        catch (OperationCanceledException)
        {
            // Late, or nobody wants to know any more.
        }
    }

    /// <summary>A connection that breaks says little; one that is refused says that nobody listens.</summary>
    private static bool IsRefusal(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
                return true;
        }
        return false;
    }
}
