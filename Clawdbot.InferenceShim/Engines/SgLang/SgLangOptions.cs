namespace Clawdbot.InferenceShim.Engines.SgLang;

/// <summary>What the shim can't learn from SGLang itself. Section <c>Engine:SgLang</c>.</summary>
internal sealed class SgLangOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:SgLang";

    /// <summary>
    /// Whether SGLang runs with <c>--enable-deterministic-inference</c>, so that the same seed gives the same answer whatever runs beside
    /// it; a server that says otherwise of itself is then not used.
    /// </summary>
    public bool Deterministic { get; set; }
}
