using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>One request in the form of its <see cref="ClientApi"/>, with what its answer must repeat of it.</summary>
internal abstract class ApiCall
{
    /// <summary>
    /// The chat request, in pieces, some of which are the body's own bytes; empty where the body is the chat request itself.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chat { get; init; } = [];

    /// <summary>Makes what writes the answer.</summary>
    /// <param name="client">The response; it says whether the answer is a stream.</param>
    /// <param name="context">The request.</param>
    /// <param name="details">Writes what happened to the request.</param>
    public abstract IResponseWriter Writer(ClientResponse client, RequestContext context, FailoverDetails details);

    /// <summary>Writes an error as an event of an answer that has begun.</summary>
    /// <param name="output">Receives the event.</param>
    /// <param name="error">The error.</param>
    /// <param name="id">Id of the answer.</param>
    public virtual void WriteErrorEvent(IBufferWriter<byte> output, ApiError error, string id)
    {
        output.Write("data: "u8);
        output.Write(error.ToJson());
        output.Write("\n\n"u8);
    }
}
