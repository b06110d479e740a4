using Clawdbot.Gateway.Edge.Apis.Messages;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>
/// One form in which clients ask and are answered. Whatever the form, a request becomes a chat request and is answered by one generation:
/// only what is read and written differs. One object for all requests.
/// </summary>
internal abstract class ClientApi
{
    /// <summary>OpenAI's chat completions.</summary>
    public static readonly ClientApi Chat = new ChatApi();

    /// <summary>The plain form of <c>/api/process</c>.</summary>
    public static readonly ClientApi Process = new ProcessApi();

    /// <summary>Anthropic's messages.</summary>
    public static readonly ClientApi Messages = new MessagesApi();

    /// <summary>Its name, as in the ledger.</summary>
    public abstract string Name { get; }

    /// <summary>What the ids of its answers begin with.</summary>
    public abstract string IdPrefix { get; }

    /// <summary>Name of a response header that tells the answer's id beside Clawdbot's own; null for none.</summary>
    public virtual string? IdHeader => null;

    /// <summary>Reads a request.</summary>
    /// <param name="body">Its body; valid until the chat request is made.</param>
    /// <param name="options">What its headers ask for.</param>
    /// <param name="anyModel">Gives the model for a request that may leave it out.</param>
    /// <exception cref="ApiException">It is not such a request; the error says where.</exception>
    public virtual ValueTask<ApiCall> ReadAsync(ReadOnlyMemory<byte> body, RequestOptions options, Func<string> anyModel) =>
        ValueTask.FromResult(Read(body, anyModel));

    /// <summary>Reads a request of a form that needs nothing else to be read; see <see cref="ReadAsync"/>.</summary>
    protected virtual ApiCall Read(ReadOnlyMemory<byte> body, Func<string> anyModel) => throw new NotSupportedException();

    /// <summary>An error as the body of a response.</summary>
    /// <param name="error">The error.</param>
    /// <param name="id">Id of the answer; null where the request did not get one.</param>
    public virtual byte[] Error(ApiError error, string? id) => error.ToJson();
}
