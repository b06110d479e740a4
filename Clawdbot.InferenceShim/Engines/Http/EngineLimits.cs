using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Finds in an engine's words that it can't do what a request asks for: another replica may, and it is well itself.</summary>
internal static class EngineLimits
{
    /// <summary>Words by which engines say that they can't do what a request asks for.</summary>
    private static readonly string[] OfLacks =
    [
        "not support", "n't support", "unsupported", "not a multimodal", "no endpoints found that support", "requires --",
        "requires the --", "missing data required for", "mmproj", "at most 0 ", "not enabled", "no vision",
    ];

    /// <summary>Words by which they name it; the first that is in a message says what is lacking.</summary>
    private static readonly (string Word, string Code)[] OfFeatures =
    [
        ("tool", GenerationError.ToolsNotSupported), ("function call", GenerationError.ToolsNotSupported),
        ("response_format", GenerationError.GrammarNotSupported), ("json_schema", GenerationError.GrammarNotSupported),
        ("json schema", GenerationError.GrammarNotSupported), ("grammar", GenerationError.GrammarNotSupported),
        ("guided", GenerationError.GrammarNotSupported), ("structured output", GenerationError.GrammarNotSupported),
        ("image", GenerationError.ImagesNotSupported), ("multimodal", GenerationError.ImagesNotSupported),
        ("multi-modal", GenerationError.ImagesNotSupported), ("vision", GenerationError.ImagesNotSupported),
        ("picture", GenerationError.ImagesNotSupported),
    ];

    /// <summary>
    /// Words by which engines say that a prompt, perhaps with the answer that it asks for, is longer than they take; all of an entry must
    /// be there.
    /// </summary>
    private static readonly string[][] OfContext =
    [
        ["maximum context length"], ["context length", "exceed"], ["context length", "longer"], ["context length", "greater"],
        ["context size", "exceed"], // llama.cpp
        ["context window", "exceed"], ["context window is full"], ["prompt", "context window is"],
        ["longer than the maximum model length"], // vLLM
        ["`max_new_tokens` must be <="], ["`inputs` must have less than"], // text-generation-inference
        ["exceed max_num_tokens"], ["prompt length", "exceed"], // TensorRT-LLM
        ["prompt is too long"], ["prompt too long"], ["input is too long"], ["input token count", "exceeds"],
        ["too large to process", "batch size"], // llama.cpp, where a prompt must fit into one batch
    ];

    /// <summary>Those that come with a status which says that the engine failed; any other with such a status may be a failure.</summary>
    private static readonly string[][] OfContextFailed =
        [["context window is full"], ["context size", "exceed"], ["too large to process", "batch size"]];

    /// <summary>The same, where the status says already that the request is at fault.</summary>
    private static readonly string[] OfContextRefused = ["context length", "context size", "context window", "max_model_len"];

    /// <summary>
    /// Words of an error that is about the machine, although it may name an "unsupported toolchain" or an "image".
    /// </summary>
    private static readonly string[] OfMachines =
    [
        "cuda", "cudnn", "cublas", "nccl", "rocm", "hip error", "vulkan", "toolchain", "kernel image", "out of memory", "illegal memory",
    ];

    /// <summary>Words of a 503 that is for a while: what it names may be served again soon.</summary>
    private static readonly string[] OfOverload =
    [
        "overload", "capacity", "try again", "rate limit", "too many", "busy", "loading", "temporar", "unavailable", "no deployments",
    ];

    /// <summary>
    /// What an engine says that it can't do; null where it says nothing like it. Any status may come with such words but 429, and 503 where
    /// they are about load.
    /// </summary>
    public static string? Of(int status, EngineWords said) => status switch
    {
        429 => null,
        503 when Has(said.Message, OfOverload) => null,
        _ when Has(said.Message, OfMachines) => null,
        _ => IsOfContext(status, said) ? GenerationError.ContextLengthExceeded : Lack(said.Message),
    };

    /// <summary>The status of a refusal with such words, as the client gets it: the engine's own, if it is about the request.</summary>
    public static int Status(int status, string code) =>
        status is 400 or 413 or 415 or 422 || (status == 404 && code == GenerationError.ContextLengthExceeded) ? status : 400;

    private static bool IsOfContext(int status, EngineWords said) => said.Code == GenerationError.ContextLengthExceeded
        || (status < 500 && Has(said.Message, OfContextRefused))
        || (status < 500 ? OfContext : status == 503 ? [] : OfContextFailed).Any(
            all => all.All(w => said.Message.Contains(w, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The code of something that the engine says it can't do; null where it says nothing like it.</summary>
    private static string? Lack(string message) => !Has(message, OfLacks) ? null
        : OfFeatures.Where(f => message.Contains(f.Word, StringComparison.OrdinalIgnoreCase)).Select(f => f.Code).FirstOrDefault();

    private static bool Has(string message, string[] words) =>
        words.Any(w => message.Contains(w, StringComparison.OrdinalIgnoreCase));
}
