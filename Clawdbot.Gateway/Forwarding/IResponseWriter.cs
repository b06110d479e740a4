using System.Text.Json;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Writes an answer: as events to a client that streams, or as one document to a client that does not.</summary>
internal interface IResponseWriter
{
    /// <summary>Whether the client has seen any of the answer: from then on it can't be started over.</summary>
    bool IsCommitted { get; }

    /// <summary>Tells which replica serves the answer; called before anything is written.</summary>
    void ServedBy(string replica);

    /// <summary>Writes text of a choice.</summary>
    /// <param name="index">Index of the choice.</param>
    /// <param name="text">The inside of a JSON string, escaped as it came.</param>
    /// <param name="more">Whether more text has come already and follows at once, so that both may be sent together.</param>
    /// <param name="cancellation">Cancelled when the client leaves.</param>
    ValueTask TextAsync(int index, ReadOnlyMemory<byte> text, bool more, CancellationToken cancellation);

    /// <summary>Writes what is not plain text: see <see cref="ServiceDefaults.Wire.GenerationPiece"/>.</summary>
    ValueTask PieceAsync(int index, JsonElement choice, CancellationToken cancellation);

    /// <summary>Ends a choice; <paramref name="last"/> says whether it was the last one, which ends the answer.</summary>
    ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation);

    /// <summary>Discards what was not sent yet. Called only while <see cref="IsCommitted"/> is false.</summary>
    void StartOver();
}
