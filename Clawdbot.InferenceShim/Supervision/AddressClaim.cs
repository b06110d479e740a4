using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Claims the engine's address, because only one shim may start an engine there: two engines that load for minutes would not see each
/// other's port. The claim is a name of a socket in the kernel, which ends with the process and leaves no file behind.
/// </summary>
internal sealed class AddressClaim(IOptions<EngineOptions> engine) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private Socket? _claim;

    /// <summary>The address of an engine that the shim starts; the embedded one has none.</summary>
    private Uri Address => new(engine.Value.Address);

    /// <summary>Why the engine may not be started there now; null when it may. What was claimed stays claimed.</summary>
    public async Task<string?> ProblemAsync(TimeProvider time, CancellationToken cancellation)
    {
        if (!IsClaimed())
            return $"another shim on this machine starts the engine at {Address.Authority}; give each its own Engine:Address";
        return await ListensAsync(Address, time, cancellation)
            ? $"something listens at {Address.Authority} already, and it is not this shim's engine; end it, or take another Engine:Address"
            : null;
    }

    /// <summary>Whether somebody takes connections at an address.</summary>
    public static async Task<bool> ListensAsync(Uri address, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, either.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return true; // it is not refused: somebody is there who is too busy, or stopped
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _claim?.Dispose();

    private bool IsClaimed()
    {
        if (_claim is not null)
            return true;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint($"\0clawdbot-engine-{Address.Authority}"));
            _claim = socket;
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
    }
}
