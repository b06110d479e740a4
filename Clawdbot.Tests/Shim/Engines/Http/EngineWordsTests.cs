using System.Net;
using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Shim.Engines.Http;

/// <summary>The words of an engine, in every form in which engines and proxies say them: they reach the client and are understood.</summary>
public sealed class EngineWordsTests
{
    [Theory]
    [InlineData("""{"error":{"message":"bad field","type":"BadRequestError","param":"top_p","code":400}}""", "bad field")]
    [InlineData("""{"object":"error","message":"bad field","param":"top_p"}""", "bad field")]
    [InlineData("""{"error":"bad field","error_type":"validation"}""", "bad field")]
    [InlineData("""{"detail":"bad field"}""", "bad field")]
    [InlineData("""{"detail":{"error":"bad field"}}""", "bad field")]
    [InlineData("""{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required","input":{}},{"msg":"second"}]}""",
        "body.messages.0.role: Field required; second")]
    [InlineData("""[{"error":{"code":400,"message":"bad field","status":"INVALID_ARGUMENT"}}]""", "bad field")]
    [InlineData("""{"errors":[{"message":"bad field"}]}""", "bad field")]
    [InlineData("\"bad field\"", "bad field")]
    [InlineData("bad\u0001 field\r\n", "bad  field")]
    [InlineData("\"auto\" is no field", "\"auto\" is no field")]
    [InlineData("400 bad field", "400 bad field")]
    [InlineData("<html><h1>Bad Request</h1></html>", "The engine refuses the request with 400.")]
    [InlineData("", "The engine refuses the request with 400.")]
    [InlineData("null", "The engine refuses the request with 400.")]
    internal async Task They_reach_the_client(string body, string words) =>
        Assert.Equal((words, 400), await OfAsync(400, body) is EngineRefusalException refusal ? (refusal.Message, refusal.Status) : default);

    [Theory]
    [InlineData("this model does not support tools", GenerationError.ToolsNotSupported)]
    [InlineData("""{"detail":[{"loc":["body","tools"],"msg":"tools are not supported"}]}""", GenerationError.ToolsNotSupported)]
    [InlineData("""[{"error":{"message":"m is not a multimodal model"}}]""", GenerationError.ImagesNotSupported)]
    [InlineData("""{"error":"the maximum context length is 10"}""", GenerationError.ContextLengthExceeded)]
    internal async Task They_are_understood(string body, string code) =>
        Assert.Equal(code, (await OfAsync(400, body) as EngineRefusalException)?.Code);

    [Fact]
    public async Task Plain_text_is_bounded()
    {
        var refusal = Assert.IsType<EngineRefusalException>(await OfAsync(400, new string('x', 60_000)));

        Assert.InRange(refusal.Message.Length, 100, 1000);
    }

    [Theory]
    [InlineData(500, "tools param requires --jinja flag", GenerationError.ToolsNotSupported)]
    [InlineData(500, "Unsupported param: tools", GenerationError.ToolsNotSupported)]
    [InlineData(404, "No endpoints found that support tool use", GenerationError.ToolsNotSupported)]
    [InlineData(404, "No endpoints found that support image input", GenerationError.ImagesNotSupported)]
    [InlineData(501, "response_format is not supported", GenerationError.GrammarNotSupported)]
    [InlineData(503, "This deployment does not support tools", GenerationError.ToolsNotSupported)]
    [InlineData(500, "CUDA error: the provided PTX was compiled with an unsupported toolchain.", null)]
    [InlineData(500, "image encoder: CUDA error: operation not supported", null)]
    [InlineData(500, "Internal Server Error", null)]
    [InlineData(404, "Not Found", null)]
    [InlineData(503, "No vision deployment has capacity: try again", null)]
    [InlineData(429, "Rate limit reached: tools are not supported on this tier", null)]
    internal async Task Any_status_may_say_what_is_lacking(int status, string message, string? code)
    {
        var refusal = await OfAsync(status, $$$"""{"error":{"message":"{{{message}}}","type":"server_error"}}""") as EngineRefusalException;

        Assert.Equal(code, refusal is { Status: 400 } ? refusal.Code : null);
        Assert.Equal(code is null && status is not (429 or 503), refusal is null);
    }

    [Theory]
    [InlineData(400, "This model's maximum context length is 4096 tokens.")]
    [InlineData(400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096.")]
    [InlineData(422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens")]
    [InlineData(422, "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000")]
    [InlineData(400, "prompt is too long: 5000 tokens > 4096 maximum")]
    [InlineData(400, "Requested tokens (5000) exceed context window of 4096")]
    [InlineData(400, "Prompt is 11543 tokens but the model context window is 4096 tokens.")]
    [InlineData(400, "The sum of prompt length (5000.0), query length (0) and max_tokens should not exceed max_num_tokens (4096)")]
    [InlineData(400, "The number of tokens to keep from the initial prompt is greater than the context length")]
    [InlineData(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).")]
    [InlineData(500, "the context window is full. Please reduce the input size or increase the context window")]
    [InlineData(500, "the request exceeds the available context size")]
    [InlineData(500, "input (1050 tokens) is too large to process. increase the physical batch size (current batch size: 512)")]
    internal async Task A_prompt_that_is_too_long_is_known_by_the_words_of_any_engine(int status, string message)
    {
        var refusal = await OfAsync(status, $$$"""{"error":{"message":"{{{message}}}"}}""") as EngineRefusalException;

        Assert.Equal((GenerationError.ContextLengthExceeded, status == 422 ? 422 : 400), (refusal?.Code, refusal?.Status));
    }

    [Theory]
    [InlineData(500, "CUDA out of memory while growing the context window: it would exceed the card")]
    [InlineData(500, "failed to allocate for a context length of 131072")]
    internal async Task A_failure_that_names_the_context_stays_one(int status, string message) =>
        Assert.IsType<EngineFailureException>(await OfAsync(status, message));

    [Theory]
    [InlineData("""{"error":{"message":"bad","code":400}}""", 400, "invalid_request")]
    [InlineData("""{"error":{"message":"bad","code":"422"}}""", 422, "invalid_request")]
    [InlineData("""{"error":{"message":"bad","code":null,"type":"invalid_request_error"}}""", 400, "invalid_request")]
    [InlineData("""{"error":{"message":"bad","type":"BadRequestError"}}""", 400, "invalid_request")]
    [InlineData("""{"object":"error","message":"bad","type":"BadRequestError"}""", 400, "invalid_request")]
    [InlineData("""{"error":{"message":"no","type":"invalid_request_error","code":"context_length_exceeded"}}""", 400, "context_length_exceeded")]
    [InlineData("""{"error":{"message":"litellm.BadRequestError: m does not support tools","type":"None","code":"400"}}""", 400, "tools_not_supported")]
    [InlineData("""{"error":{"message":"the initial prompt is greater than the context length"}}""", 400, "context_length_exceeded")]
    [InlineData("""{"error":"m does not support tools"}""", 400, "tools_not_supported")]
    [InlineData("""{"error":{"message":"slow down","type":"rate_limit_error"}}""", 503, "engine_busy")]
    [InlineData("""{"error":{"message":"loading","type":"unavailable_error","code":503}}""", 503, "engine_busy")]
    [InlineData("""{"error":{"message":"dead","type":"InternalServerError","code":500}}""", 0, "engine_failed")]
    [InlineData("""{"error":{"message":"dead","code":17}}""", 0, "engine_failed")]
    internal void A_refusal_under_status_200_is_one_until_the_answer_has_begun(string body, int status, string code)
    {
        using var chunk = System.Text.Json.JsonDocument.Parse(body);
        foreach (var fault in (Exception?[])[EngineFaults.In(chunk.RootElement, isBegun: false),
            EngineFaults.InEvent(Encoding.UTF8.GetBytes(body), isBegun: false)])
        {
            Assert.Equal((status, code), fault is EngineRefusalException refusal ? (refusal.Status, refusal.Code)
                : (0, (fault as EngineFailureException)?.Code));
        }
        Assert.IsType<EngineFailureException>(EngineFaults.In(chunk.RootElement, isBegun: true));
    }

    internal static async Task<Exception> OfAsync(int status, string body)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        response.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        return await EngineFaults.OfAsync(response, TestContext.Current.CancellationToken);
    }
}
