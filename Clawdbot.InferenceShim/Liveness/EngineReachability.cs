using System.Net.Sockets;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Keeps whether the engine's address answers, whatever the answer says. Thread-safe.</summary>
internal sealed class EngineReachability(EngineConnection connection, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private long _at = time.GetTimestamp();
    private volatile bool _isRefused;
    private volatile bool _ever;
    private volatile string? _fault;

    /// <summary>When it last answered, as a timestamp; before it ever has, when it began to be asked.</summary>
    public long At => Volatile.Read(ref _at);

    /// <summary>Whether it has answered at least once.</summary>
    public bool Ever => _ever;

    /// <summary>Whether nobody listened when it was last asked.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Why it did not answer the last time it was asked; null when it did.</summary>
    public string? Fault => _fault;

    /// <summary>Notes that it answered.</summary>
    public void Heard(long at)
    {
        if (at > At)
            Volatile.Write(ref _at, at);
        (_ever, _isRefused, _fault) = (true, false, null);
    }

    /// <summary>Notes that it did not answer, or not with what was asked for.</summary>
    public void Failed(Exception fault)
    {
        _isRefused = IsRefusal(fault);
        _fault = fault.Message;
    }

    /// <summary>Notes that a generation failed: that is an answer, unless nobody listened.</summary>
    public void GenerationFailed(Exception fault)
    {
        if (IsRefusal(fault))
            Failed(fault);
    }

    /// <summary>Forgets everything, because its process was restarted.</summary>
    public void Forget()
    {
        (_ever, _isRefused, _fault) = (false, false, null);
        Volatile.Write(ref _at, time.GetTimestamp());
    }

    /// <summary>Asks only whether somebody answers.</summary>
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
            // It is late, or the shim stops.
        }
    }

    /// <summary>Whether a connection was refused: then nobody listens. One that breaks says little.</summary>
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
