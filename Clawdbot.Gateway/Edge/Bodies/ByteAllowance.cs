using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>A limit on the bytes that all requests together may use. Thread-safe.</summary>
internal sealed class ByteAllowance(long most)
{
    private long _taken;

    /// <summary>Bytes taken by all requests.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes bytes, or throws and takes nothing.</summary>
    /// <exception cref="ApiException">Fewer bytes are left.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= most)
            return;
        Return(bytes);
        throw Exhausted();
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);

    /// <summary>The error for a request that has no room for its body.</summary>
    public static ApiException Exhausted() => new(new ApiError(429, "bodies_exhausted",
        "The gateway holds as many request bytes as it may. Try again shortly, with a smaller picture if you can.") { RetryAfter = 2 });
}
