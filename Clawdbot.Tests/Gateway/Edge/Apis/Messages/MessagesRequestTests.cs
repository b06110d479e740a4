using System.Runtime.InteropServices;
using System.Text;
using Clawdbot.Gateway.Edge.Apis.Messages;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Tests.Gateway.Edge.Apis.Messages;

/// <summary>Requests to /v1/messages as the chat requests that they become.</summary>
public sealed class MessagesRequestTests
{
    private const string Hi = """{"role":"user","content":"hi"}""";
    private const string ChatHi = """{"role":"user","content":"hi"}""";
    private const string Tool = """{"name":"look","description":"Looks.","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}""";
    private const string ChatTool = """{"type":"function","function":{"name":"look","description":"Looks.","parameters":{"type":"object"}}}""";

    /// <summary>Messages, and what they become.</summary>
    public static TheoryData<string, string> Conversations => new()
    {
        { Hi, ChatHi },
        { """{"role":"user","content":[{"type":"text","text":"a \"b\"","cache_control":{"type":"ephemeral"}}]}""", """{"role":"user","content":"a \"b\""}""" },
        { """{"role":"user","content":[{"type":"text","text":"a"},{"text":"b","type":"text","citations":null}]}""", """{"role":"user","content":"a\n\nb"}""" },
        // Turns of one role are one, as at Anthropic; templates want them to alternate.
        { $$"""{{Hi}},{"role":"user","content":"there"}""", """{"role":"user","content":"hi\n\nthere"}""" },
        { $$"""{{Hi}},{"role":"assistant","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}]},{{Hi}}""",
            $$"""{{ChatHi}},{"role":"assistant","content":"a\n\nb"},{{ChatHi}}""" },
        // Instructions between the turns stand at the beginning, where templates take them.
        { $$"""{{Hi}},{"role":"system","content":"Be brief."}""", $$"""{"role":"system","content":"Be brief."},{{ChatHi}}""" },
        { """{"role":"user","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA\/A"}}]}""",
            """{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\/A"}}]}""" },
        { """{"role":"user","content":[{"type":"image","source":{"type":"url","url":"data:image/gif;base64,AAAA"}}]}""",
            """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/gif;base64,AAAA"}}]}""" },
        { $$$"""
            {{{Hi}}},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":""},
            {"type":"tool_use","id":"t1","name":"look","input":{"at":"a \"b\"\\n",
            "deep":[{}]}},{"type":"tool_use","id":"t2","name":"look","input":{}}]},
            {"role":"user","content":[{"type":"text","text":"so"},{"type":"tool_result","tool_use_id":"t1","content":"1"},{"type":"tool_result","tool_use_id":"t2"}]}
            """,
            $$$"""{{{ChatHi}}},{"role":"assistant","content":null,"tool_calls":[{"type":"function","id":"t1","function":{"name":"look","arguments":"{\"at\":\"a \\\"b\\\"\\\\n\",\n\"deep\":[{}]}"}},"""
            + """{"type":"function","id":"t2","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":"1"},{"role":"tool","tool_call_id":"t2","content":""},{"role":"user","content":"so"}""" },
        { $$"""{{Hi}},{"role":"assistant","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"t","name":"look","input":{} }]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[{"type":"text","text":"no"}]}]}""",
            $$$"""{{{ChatHi}}},{"role":"assistant","content":"I look.","tool_calls":[{"type":"function","id":"t","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":"The call failed:\n\nno"}""" },
        { """{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/webp","data":"AAAA"}}]}]}""",
            """{"role":"tool","tool_call_id":"t","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/webp;base64,AAAA"}}]}""" },
        { $$"""{{Hi}},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""}]},{{Hi}}""", $$"""{{ChatHi}},{"role":"assistant","content":""},{{ChatHi}}""" },
    };

    /// <summary>Fields beside model, max_tokens and messages, and what they become.</summary>
    public static TheoryData<string, string> Fields => new()
    {
        { "", "" },
        { ""","temperature":0.5,"top_p":0.9,"top_k":40,"stream":true,"seed":7""", ""","temperature":0.5,"top_p":0.9,"top_k":40,"stream":true,"seed":7""" },
        { ""","metadata":{"user_id":"u"},"service_tier":"auto","cache_control":{"type":"ephemeral"},"system":null,"stop_sequences":null""", "" },
        { ""","stop_sequences":["a","\n"]""", ""","stop":["a","\n"]""" },
        { ""","stop_sequences":[],"tools":[],"tool_choice":{"type":"auto"}""", "" },
        { ""","thinking":{"type":"enabled","budget_tokens":2048}""", ""","chat_template_kwargs":{"enable_thinking":true}""" },
        { ""","thinking":{"type":"disabled"}""", ""","chat_template_kwargs":{"enable_thinking":false}""" },
        { ""","thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"max"}""", "" },
        { ""","output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}""",
            ""","response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}""" },
        { $$""","tools":[{{Tool}},{"type":"custom","name":"b","input_schema":{},"strict":true}]""",
            $$$""","tools":[{{{ChatTool}}},{"type":"function","function":{"name":"b","parameters":{},"strict":true}}]""" },
        { $$""","tool_choice":{"type":"auto","disable_parallel_tool_use":true},"tools":[{{Tool}}]""",
            $$""","tools":[{{ChatTool}}],"tool_choice":"auto","parallel_tool_calls":false""" },
        { $$""","tools":[{{Tool}}],"tool_choice":{"type":"any"}""", $$""","tools":[{{ChatTool}}],"tool_choice":"required" """.TrimEnd() },
        { $$""","tools":[{{Tool}}],"tool_choice":{"type":"none"}""", $$""","tools":[{{ChatTool}}],"tool_choice":"none" """.TrimEnd() },
        { $$""","tools":[{{Tool}}],"tool_choice":{"type":"tool","name":"look"}""",
            $$$""","tools":[{{{ChatTool}}}],"tool_choice":{"type":"function","function":{"name":"look"}}""" },
    };

    /// <summary>Body, code, param.</summary>
    public static TheoryData<string, string, string?> Refused => new()
    {
        { "", "invalid_json", null },
        { "[]", "invalid_json", null },
        { $$"""{"max_tokens":1,"messages":[{{Hi}}]}""", "missing_field", "model" },
        { $$"""{"model":7,"max_tokens":1,"messages":[{{Hi}}]}""", "invalid_type", "model" },
        { $$"""{"model":"m","messages":[{{Hi}}]}""", "missing_field", "max_tokens" },
        { $$"""{"model":"m","max_tokens":null,"messages":[{{Hi}}]}""", "missing_field", "max_tokens" },
        { $$"""{"model":"m","max_tokens":0,"messages":[{{Hi}}]}""", "invalid_value", "max_tokens" },
        { $$"""{"model":"m","max_tokens":"1","messages":[{{Hi}}]}""", "invalid_type", "max_tokens" },
        { """{"model":"m","max_tokens":1}""", "missing_field", "messages" },
        { """{"model":"m","max_tokens":1,"messages":{}}""", "invalid_type", "messages" },
        { Of(""), "empty_messages", "messages" },
        { Of("""{"role":"system","content":"s"}"""), "empty_messages", "messages" },
        { Of("5"), "invalid_type", "messages[0]" },
        { Of("""{"content":"hi"}"""), "missing_field", "messages[0].role" },
        { Of("""{"role":"tool","content":"hi"}"""), "invalid_value", "messages[0].role" },
        { Of("""{"role":"user"}"""), "missing_field", "messages[0].content" },
        { Of("""{"role":"user","content":5}"""), "invalid_type", "messages[0].content" },
        { Of("""{"role":"user","content":""}"""), "empty_content", "messages[0].content" },
        { Of("""{"role":"user","content":[]}"""), "empty_content", "messages[0].content" },
        { Of($$"""{{Hi}},{"role":"assistant","content":"The best"}"""), "unsupported_prefill", "messages[1].role" },
        { Of(string.Join(',', Enumerable.Repeat(Hi, 2049))), "too_many_items", "messages" },
        { Block("""{"text":"a"}"""), "missing_field", "messages[0].content[0].type" },
        { Block("\"a\""), "invalid_type", "messages[0].content[0]" },
        { Block("""{"type":"text"}"""), "missing_field", "messages[0].content[0].text" },
        { Block("""{"type":"text","text":5}"""), "invalid_type", "messages[0].content[0].text" },
        { Block("""{"type":"text","type":"text","text":"a"}"""), "duplicate_key", "messages[0].content[0].type" },
        { Block("""{"type":"document","source":{"type":"text","data":"x"}}"""), "unsupported_content", "messages[0].content[0]" },
        { Block("""{"type":"tool_use","id":"t","name":"n","input":{}}"""), "unsupported_content", "messages[0].content[0]" },
        { Block(string.Join(',', Enumerable.Repeat("""{"type":"text","text":"a"}""", 1025))), "too_many_items", "messages[0].content" },
        { Block("""{"type":"image"}"""), "missing_field", "messages[0].content[0].source" },
        { Source("5"), "invalid_type", "messages[0].content[0].source" },
        { Source("{}"), "missing_field", "messages[0].content[0].source.type" },
        { Source("""{"type":"file","file_id":"f"}"""), "unsupported_content", "messages[0].content[0].source" },
        { Source("""{"type":"base64","media_type":"image/png"}"""), "missing_field", "messages[0].content[0].source.data" },
        { Source("""{"type":"base64","media_type":"image/png","data":5}"""), "invalid_type", "messages[0].content[0].source.data" },
        { Source("""{"type":"base64","media_type":"image/png","data":""}"""), "invalid_value", "messages[0].content[0].source.data" },
        { Source("""{"type":"base64","media_type":"image/png","data":"data:image/png;base64,AAAA"}"""), "invalid_value", "messages[0].content[0].source.data" },
        { Source("""{"type":"base64","data":"AAAA"}"""), "missing_field", "messages[0].content[0].source.media_type" },
        { Source("""{"type":"base64","media_type":"application/pdf","data":"AAAA"}"""), "invalid_value", "messages[0].content[0].source.media_type" },
        { Source("""{"type":"base64","media_type":"image/\"},","data":"AAAA"}"""), "invalid_value", "messages[0].content[0].source.media_type" },
        { Source("""{"type":"url","url":"https://example.org/a.png"}"""), "image_url_not_supported", "messages[0].content[0].source.url" },
        { Source("""{"type":"url","url":5}"""), "invalid_type", "messages[0].content[0].source.url" },
        { Block("""{"type":"tool_result"}"""), "missing_field", "messages[0].content[0].tool_use_id" },
        { Block("""{"type":"tool_result","tool_use_id":"t","content":5}"""), "invalid_type", "messages[0].content[0].content" },
        { Block("""{"type":"tool_result","tool_use_id":"t","is_error":"no"}"""), "invalid_type", "messages[0].content[0].is_error" },
        { Block("""{"type":"tool_result","tool_use_id":"t","content":[{"type":"search_result"}]}"""), "unsupported_content", "messages[0].content[0].content[0]" },
        { Said("""{"type":"tool_use","name":"n","input":{}}"""), "missing_field", "messages[1].content[0].id" },
        { Said("""{"type":"tool_use","id":"t","input":{}}"""), "missing_field", "messages[1].content[0].name" },
        { Said("""{"type":"tool_use","id":"t","name":"n"}"""), "missing_field", "messages[1].content[0].input" },
        { Said("""{"type":"tool_use","id":"t","name":"n","input":"{}"}"""), "invalid_type", "messages[1].content[0].input" },
        { Said("""{"type":"server_tool_use","id":"t","name":"web_search","input":{}}"""), "unsupported_content", "messages[1].content[0]" },
        { Said("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"""), "unsupported_content", "messages[1].content[0]" },
        { With(""","system":5"""), "invalid_type", "system" },
        { With(""","system":[{"type":"image"}]"""), "unsupported_content", "system[0]" },
        { With(""","stream":"yes" """), "invalid_type", "stream" },
        { With(""","temperature":"hot" """), "invalid_type", "temperature" },
        { With(""","top_p":2"""), "invalid_value", "top_p" },
        { With(""","top_k":-1"""), "invalid_value", "top_k" },
        { With(""","top_k":0.5"""), "invalid_value", "top_k" },
        { With(""","stop_sequences":"a" """), "invalid_type", "stop_sequences" },
        { With(""","stop_sequences":[5]"""), "invalid_type", "stop_sequences[0]" },
        { With(""","stop_sequences":["a",""]"""), "invalid_value", "stop_sequences[1]" },
        { With(""","stop_sequences":["a","b","c","d","e"]"""), "too_many_items", "stop_sequences" },
        { With(""","thinking":true"""), "invalid_type", "thinking" },
        { With(""","thinking":{"type":"deep"}"""), "invalid_value", "thinking.type" },
        { With(""","output_config":{"task_budget":{}}"""), "unsupported_parameter", "output_config.task_budget" },
        { With(""","output_config":{"format":{"type":"xml"}}"""), "invalid_value", "output_config.format.type" },
        { With(""","mcp_servers":[]"""), "unsupported_parameter", "mcp_servers" },
        { With(""","thread":{"type":"create"}"""), "thread_unsupported_request", "thread" },
        { With(""","container":"c" """), "unsupported_parameter", "container" },
        { With(""","clawdbot":{}"""), "unsupported_parameter", "clawdbot" },
        { With(""","tools":[{"type":"web_search_20250305","name":"web_search"}]"""), "unsupported_tool", "tools[0]" },
        { With(""","tools":[{"input_schema":{}}]"""), "missing_field", "tools[0].name" },
        { With(""","tools":[{"name":"a"}]"""), "missing_field", "tools[0].input_schema" },
        { With(""","tools":[{"name":"a","input_schema":[]}]"""), "invalid_type", "tools[0].input_schema" },
        { With(""","tools":[{"name":"a","input_schema":{},"description":5}]"""), "invalid_type", "tools[0].description" },
        { With(""","tools":[{"name":"a","input_schema":{},"strict":"yes"}]"""), "invalid_type", "tools[0].strict" },
        { With(""","tool_choice":"auto" """), "invalid_type", "tool_choice" },
        { With(""","tool_choice":{"type":"maybe"}"""), "invalid_value", "tool_choice.type" },
        { With(""","tool_choice":{"type":"any"}"""), "invalid_value", "tool_choice" },
        { With($$""","tools":[{{Tool}}],"tool_choice":{"type":"maybe"}"""), "invalid_value", "tool_choice.type" },
        { With($$""","tools":[{{Tool}}],"tool_choice":{"type":"tool"}"""), "missing_field", "tool_choice.name" },
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Messages_become_those_of_a_chat_request(string messages, string chat) =>
        Assert.Equal($$"""{"model":"m","messages":[{{chat}}],"max_tokens":9}""", Chat($$"""{"model":"m","max_tokens":9,"messages":[{{messages}}]}"""));

    [Theory]
    [MemberData(nameof(Fields))]
    public void Fields_become_those_of_a_chat_request(string fields, string chat) =>
        Assert.Equal($$"""{"model":"m","messages":[{{ChatHi}}],"max_tokens":9{{chat}}}""", Chat($$"""{"model":"m","max_tokens":9,"messages":[{{Hi}}]{{fields}}}"""));

    [Theory]
    [InlineData("\"You are brief.\"", "You are brief.")]
    [InlineData("""[{"type":"text","text":"You","cache_control":{"type":"ephemeral"}},{"type":"text","text":"see"}]""", """You\n\nsee""")]
    public void The_system_prompt_stands_first(string system, string text) => Assert.Equal(
        $$"""{"model":"m","messages":[{"role":"system","content":"{{text}}"},{{ChatHi}}],"max_tokens":9}""",
        Chat($$"""{"model":"m","max_tokens":9,"messages":[{{Hi}}],"system":{{system}}}"""));

    [Fact]
    public void A_picture_stays_where_it_is_in_the_body()
    {
        var body = Encoding.UTF8.GetBytes(Source($$"""{"type":"base64","media_type":"image/png","data":"{{new string('A', 100_000)}}"}"""));
        var pieces = MessagesRequest.Read(body).Chat;

        var picture = Assert.Single(pieces, p => p.Length == 100_000);
        Assert.True(MemoryMarshal.TryGetArray(picture, out var part) && ReferenceEquals(part.Array, body));
        Assert.All(pieces.Where(p => p.Length != 100_000), p => Assert.InRange(p.Length, 1, 1024));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_such_request_is_refused_with_a_code_and_the_field_at_fault(string body, string code, string? param)
    {
        var error = Assert.Throws<ApiException>(() => Chat(body)).Error;

        Assert.Equal((400, code, param), (error.Status, error.Code, error.Param));
    }

    /// <summary>The chat request, which is one for those who read it.</summary>
    private static string Chat(string body)
    {
        var chat = MessagesRequest.Read(Encoding.UTF8.GetBytes(body)).Chat.SelectMany(p => p.ToArray()).ToArray();
        ChatScan.Read(chat);
        return Encoding.UTF8.GetString(chat);
    }

    private static string Of(string messages) => $$"""{"model":"m","max_tokens":9,"messages":[{{messages}}]}""";

    private static string With(string fields) => $$"""{"model":"m","max_tokens":9,"messages":[{{Hi}}]{{fields}}}""";

    private static string Block(string blocks) => Of($$"""{"role":"user","content":[{{blocks}}]}""");

    private static string Said(string block) => Of($$"""{{Hi}},{"role":"assistant","content":[{{block}}]},{{Hi}}""");

    private static string Source(string source) => Block($$"""{"type":"image","source":{{source}}}""");
}
