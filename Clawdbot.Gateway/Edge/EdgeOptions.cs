using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Edge;

/// <summary>What the gateway listens on, and how large requests may be. Section <c>Edge</c>.</summary>
internal sealed class EdgeOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Edge";

    /// <summary>Address of the listener for the admin verbs, which must not be reachable from outside; empty turns it off.</summary>
    public string InternalUrl { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Largest request body, in bytes; a larger one is refused with 413.</summary>
    [Range(1024, 1 << 29)]
    public int MaxBodyBytes { get; set; } = 32 << 20;

    /// <summary>
    /// Most bytes of request bodies held in memory at once, of all requests together; a body for which there is no room lies in a file
    /// instead.
    /// </summary>
    [Range(1024, long.MaxValue)]
    public long MaxHeldBytes { get; set; } = 256L << 20;

    /// <summary>Most bytes of request bodies held in files at once, of all requests together.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxSpooledBytes { get; set; } = 8L << 30;

    /// <summary>
    /// Folder of the files with request bodies, on a local disk; empty is <c>/var/tmp</c>, or the system's folder for temporary files where
    /// there is none.
    /// </summary>
    public string SpoolDirectory { get; set; } = "";

    /// <summary>
    /// Whether data from a socket is handled on the thread that noticed it, without a hop to the thread pool; this halves the cost of a
    /// streamed token.
    /// </summary>
    /// <remarks>Nothing on the request path may block, and what takes long (a large body) hops by itself.</remarks>
    public bool InlineSockets { get; set; } = true;

    /// <summary>
    /// Milliseconds for which a gateway that is to stop says that it is not ready and still serves, so that whoever sends requests notices;
    /// when not set, 5000, and 0 in the Development environment.
    /// </summary>
    [Range(0, 60_000)]
    public int? LeaveMilliseconds { get; set; }

    /// <summary>
    /// Seconds without anything to send after which an answer sends its headers and a sign of life, and another one each time: a comment of
    /// the event stream, or white space before the JSON document. 0 turns it off.
    /// </summary>
    /// <remarks>What stands between client and gateway must wait for longer than one and a half times this.</remarks>
    [Range(0, 600)]
    public int KeepAliveSeconds { get; set; } = 10;

    /// <summary>
    /// Origins whose pages may call the APIs from a browser, such as <c>https://chat.example</c>; <c>*</c> alone for every origin, without
    /// credentials that the browser adds by itself. Empty: none but the gateway's own page.
    /// </summary>
    public List<string> AllowedOrigins { get; set; } = [];
}
