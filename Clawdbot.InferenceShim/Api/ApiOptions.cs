namespace Clawdbot.InferenceShim.Api;

/// <summary>What the shim answers besides gateways. Section <c>Api</c>.</summary>
internal sealed class ApiOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Api";

    /// <summary>
    /// Also answers OpenAI's chat API, to whoever brings the fleet secret as a bearer token: for comparisons, and for looking at a replica
    /// alone. Here a death is not survived.
    /// </summary>
    public bool OpenAi { get; set; }
}
