using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Apis;
using Clawdbot.Gateway.Edge.Apis.Responses;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.SharedStore;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Edge.Apis;

/// <summary>Requests to /v1/responses as the chat requests that ask the same.</summary>
public sealed class ResponsesRequestTests
{
    private readonly ResponseStore _store;
    private readonly ResponsesApi _api;

    public ResponsesRequestTests()
    {
        _store = new ResponseStore(new LocalStore(Options.Create(new SharedStoreOptions()), TimeProvider.System), Options.Create(new ResponsesOptions()));
        _api = new ResponsesApi(_store, Options.Create(new EdgeOptions()));
    }

    [Theory]
    [InlineData("""{"model":"m","input":"hi"}""", """{"model":"m","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"input":"hi","instructions":"Be \"brief\".","stream":true,"max_output_tokens":5,"temperature":0.5,"top_p":1,"seed":3,"store":false}""",
        """{"model":"any","messages":[{"role":"system","content":"Be \"brief\"."},{"role":"user","content":"hi"}],"stream":true,"max_tokens":5,"temperature":0.5,"top_p":1,"seed":3}""")]
    [InlineData("""{"input":[{"role":"developer","content":"d"},{"type":"message","role":"user","content":[{"type":"input_text","text":"\u00e9"},{"type":"input_image","image_url":"data:image/png;base64,AA","detail":"low"}]}]}""",
        """{"model":"any","messages":[{"role":"system","content":"d"},{"role":"user","content":[{"type":"text","text":"é"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}}]}]}""")]
    [InlineData("""{"input":[{"role":"user","content":"a"},{"type":"reasoning","summary":[]},{"role":"assistant","content":[{"type":"output_text","text":"b","annotations":[]}]},{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"function_call","call_id":"2","name":"g","arguments":"{\"x\":1}"},{"type":"function_call_output","call_id":"1","output":"o"},{"type":"function_call_output","call_id":"2","output":[{"type":"input_text","text":"p"}]}]}""",
        """{"model":"any","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}],"tool_calls":[{"type":"function","id":"1","function":{"name":"f","arguments":"{}"}},{"type":"function","id":"2","function":{"name":"g","arguments":"{\"x\":1}"}}]},{"role":"tool","tool_call_id":"1","content":"o"},{"role":"tool","tool_call_id":"2","content":[{"type":"text","text":"p"}]}]}""")]
    [InlineData("""{"input":[{"type":"function_call","call_id":"1","name":"f","arguments":""},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""",
        """{"model":"any","messages":[{"role":"assistant","content":null,"tool_calls":[{"type":"function","id":"1","function":{"name":"f","arguments":""}}]},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""")]
    [InlineData("""{"input":"a","tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"reasoning":{"effort":"low"}}""",
        """{"model":"any","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"reasoning_effort":"low"}""")]
    [InlineData("""{"input":"a","tool_choice":"required","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"},"truncation":"disabled","background":false,"include":["reasoning.encrypted_content"],"user":null}""",
        """{"model":"any","messages":[{"role":"user","content":"a"}],"tool_choice":"required","verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}}""")]
    public async Task A_request_becomes_a_chat_request(string body, string chat) =>
        Assert.Equal(JsonNode.Parse(chat)!.ToJsonString(), JsonNode.Parse(await ChatAsync(body))!.ToJsonString());

    [Theory]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("""{"input":"a"} 1""", "invalid_json", null)]
    [InlineData("""{"input":"a","input":"b"}""", "duplicate_key", "input")]
    [InlineData("""{"model":"m"}""", "missing_field", "input")]
    [InlineData("""{"input":null}""", "missing_field", "input")]
    [InlineData("""{"input":[]}""", "empty_input", "input")]
    [InlineData("""{"input":3}""", "invalid_type", "input")]
    [InlineData("""{"input":["a"]}""", "invalid_type", "input[0]")]
    [InlineData("""{"model":7,"input":"a"}""", "invalid_type", "model")]
    [InlineData("""{"input":"a","instructions":{}}""", "invalid_type", "instructions")]
    [InlineData("""{"input":[{"content":"a"}]}""", "missing_field", "input[0].role")]
    [InlineData("""{"input":[{"role":"user"}]}""", "missing_field", "input[0].content")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}""", "unsupported_input", "input[0].content[0]")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}""", "unsupported_input", "input[0].content[0]")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_text","text":1}]}]}""", "invalid_type", "input[0].content[0].text")]
    [InlineData("""{"input":[{"type":"computer_call"}]}""", "unsupported_input", "input[0]")]
    [InlineData("""{"input":[{"type":"function_call","name":"f","arguments":"{}"}]}""", "missing_field", "input[0].call_id")]
    [InlineData("""{"input":[{"type":"item_reference","id":"msg_x_0"}]}""", "item_not_found", "input[0]")]
    [InlineData("""{"input":[{"type":"item_reference"}]}""", "missing_field", "input[0].id")]
    [InlineData("""{"input":"a","tools":[{"type":"web_search"}]}""", "unsupported_tool", "tools[0]")]
    [InlineData("""{"input":"a","tools":[{"type":"function"}]}""", "missing_field", "tools[0].name")]
    [InlineData("""{"input":"a","tools":{}}""", "invalid_type", "tools")]
    [InlineData("""{"input":"a","tool_choice":{"type":"allowed_tools"}}""", "unsupported_parameter", "tool_choice")]
    [InlineData("""{"input":"a","text":{"format":{"type":"grammar"}}}""", "unsupported_parameter", "text.format")]
    [InlineData("""{"input":"a","background":true,"store":false}""", "unsupported_parameter", "background")]
    [InlineData("""{"input":"a","background":"yes"}""", "invalid_type", "background")]
    [InlineData("""{"input":"a","truncation":"auto"}""", "unsupported_parameter", "truncation")]
    [InlineData("""{"input":"a","include":["file_search_call.results"]}""", "unsupported_parameter", "include[0]")]
    [InlineData("""{"input":"a","conversation":"c"}""", "unsupported_parameter", "conversation")]
    [InlineData("""{"input":"a","messages":[]}""", "unsupported_parameter", "messages")]
    [InlineData("""{"input":"a","previous_response_id":"resp_x"}""", "previous_response_not_found", "previous_response_id")]
    [InlineData("""{"input":"a","previous_response_id":7}""", "invalid_type", "previous_response_id")]
    [InlineData("""{"input":"a","store":"yes"}""", "invalid_type", "store")]
    public async Task What_is_wrong_is_named(string body, string code, string? param)
    {
        var error = (await Assert.ThrowsAsync<ApiException>(() => ChatAsync(body))).Error;
        Assert.Equal((400, code, param), (error.Status, error.Code, error.Param));
    }

    [Fact]
    public async Task A_conversation_goes_on_from_what_is_kept_and_only_for_its_tenant()
    {
        await KeepAsync("resp_a", null, "\"one\"", """[{"id":"msg_a_0","type":"message","role":"assistant","content":[{"type":"output_text","text":"two"}]}]""");
        await KeepAsync("resp_b", "resp_a", """[{"role":"user","content":"three"}]""", """[{"id":"fc_b_0","type":"function_call","call_id":"c","name":"f","arguments":"{}"}]""");

        Assert.Equal("""{"model":"any","messages":[{"role":"system","content":"s"},{"role":"user","content":"one"},{"role":"assistant","content":[{"type":"text","text":"two"}]},{"role":"user","content":"three"},{"role":"assistant","content":null,"tool_calls":[{"type":"function","id":"c","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"four"}]}""",
            await ChatAsync("""{"instructions":"s","previous_response_id":"resp_b","input":[{"type":"function_call_output","call_id":"c","output":"four"}]}"""));
        Assert.Equal("""{"model":"any","messages":[{"role":"assistant","content":[{"type":"text","text":"two"}]},{"role":"user","content":"x"}]}""",
            await ChatAsync("""{"input":[{"type":"item_reference","id":"msg_a_0"},{"role":"user","content":"x"}]}"""));
        await Assert.ThrowsAsync<ApiException>(() => ChatAsync("""{"previous_response_id":"resp_b","input":"x"}""", tenant: "other"));
        await Assert.ThrowsAsync<ApiException>(() => ChatAsync("""{"input":[{"type":"item_reference","id":"msg_a_0"}]}""", tenant: "other"));
    }

    [Fact]
    public async Task A_conversation_that_is_too_long_or_goes_in_a_circle_is_refused()
    {
        await KeepAsync("resp_c", "resp_c", "\"one\"", "[]");
        Assert.Equal("conversation_too_long",
            (await Assert.ThrowsAsync<ApiException>(() => ChatAsync("""{"previous_response_id":"resp_c","input":"x"}"""))).Error.Code);
    }

    [Fact]
    public async Task A_response_that_is_too_large_or_forgotten_is_not_kept()
    {
        var large = new RawJson(Encoding.UTF8.GetBytes($"\"{new string('x', 1 << 20)}\""));
        Assert.False(await _store.PutAsync("t", "resp_d", new StoredResponse(null, large, Json("""{"output":[]}"""))));
        await KeepAsync("resp_e", null, "\"one\"", "[]");
        Assert.NotNull(await _store.GetAsync("t", "resp_e"));
        await _store.DeleteAsync("t", "resp_e");
        Assert.Null(await _store.GetAsync("t", "resp_e"));
    }

    private async Task KeepAsync(string id, string? previous, string input, string output) =>
        Assert.True(await _store.PutAsync("t", id, new StoredResponse(previous, Json(input), Json($$"""{"id":"{{id}}","output":{{output}}}"""))));

    private async Task<string> ChatAsync(string body, string tenant = "t")
    {
        var options = new RequestOptions(new Caller(tenant, IsAdmin: false), ContinuationPreference.Any, false, Priority.Normal, null, null);
        var call = await _api.ReadAsync(Encoding.UTF8.GetBytes(body), options, () => "any");
        return string.Concat(call.Chat.Select(p => Encoding.UTF8.GetString(p.Span)));
    }

    private static RawJson Json(string json) => new(Encoding.UTF8.GetBytes(json));
}
