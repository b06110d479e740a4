using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>
/// How long answers of <c>/v1/responses</c> are kept, so that a later request can go on from them; how many, and their bytes in all, is in
/// section <c>SharedStore</c>. Section <c>Responses</c>.
/// </summary>
internal sealed class ResponsesOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Responses";

    /// <summary>Seconds a response is kept, unless its request says <c>"store":false</c>; 0 keeps none.</summary>
    [Range(0, 30 * 86_400)]
    public int KeepSeconds { get; set; } = 3600;

    /// <summary>
    /// Largest response that is kept, in kibibytes, with the input of its request, pictures included. The answer of a larger one says
    /// <c>"store":false</c>.
    /// </summary>
    [Range(1, 65_536)]
    public int LargestKibibytes { get; set; } = 1024;
}
