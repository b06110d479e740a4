using System.Text.Json;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Where an answer goes: to a client that reads events, or into one document for a client that does not.</summary>
internal interface IResponseWriter
{
    /// <summary>Whether the client has seen any of it: from then on an attempt can't be replaced in silence.</summary>
    bool IsCommitted { get; }

    /// <summary>Which replica the first token came from; said before anything else.</summary>
    void ServedBy(string replica);

    /// <param name="index">Choice.</param>
    /// <param name="text">The inside of a JSON string, escaped as it came.</param>
    /// <param name="more">More text has come already and follows at once: both may travel together.</param>
    /// <param name="cancellation">The client's.</param>
    ValueTask TextAsync(int index, ReadOnlyMemory<byte> text, bool more, CancellationToken cancellation);

    /// <summary>What is no plain text: see <see cref="ServiceDefaults.Wire.GenerationPiece"/>.</summary>
    ValueTask PieceAsync(int index, JsonElement choice, CancellationToken cancellation);

    /// <summary>A choice is complete; <paramref name="last"/> when it was the last one, which ends the answer.</summary>
    ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation);

    /// <summary>Forgets what it holds. Only before the commit.</summary>
    void StartOver();
}
