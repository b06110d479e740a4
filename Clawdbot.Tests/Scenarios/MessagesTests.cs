using System.Text;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What /v1/messages answers, byte by byte, whatever the engine says.</summary>
public sealed class MessagesTests(HostileFleet fleet) : IClassFixture<HostileFleet>
{
    private const string Tools = ""","tools":[{"name":"look","input_schema":{"type":"object"}}]""";
    private const string Begun = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_ID","type":"message","role":"assistant","model":"clawdbot-embedded","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}


        """;

    private const string Usage = """ "usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":12}""";

    private readonly HttpClient _http = fleet.Gateway.Http;

    /// <summary>What the engine says before it ends for a reason, and why the client is told that it ended.</summary>
    public static TheoryData<string, string, string> Reasons => new()
    {
        { "a", "stop", "end_turn" },
        { "a", "length", "max_tokens" },
        { "a", "content_filter", "refusal" },
        { "a", "repetition", "end_turn" },
        { "refusal", "stop", "refusal" },
        { "call", "tool_calls", "tool_use" },
        { "call", "stop", "tool_use" },
        { "call", "length", "max_tokens" },
    };

    [Fact]
    public async Task Text_is_streamed_in_one_block()
    {
        Say(Tokens("a"), Tokens(" \\\"b\\n"), Finish("stop"));
        var (status, answer) = await AskAsync(stream: true);

        Assert.Equal((200, Begun + """
            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" \"b\n"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":12}}

            event: message_stop
            data: {"type":"message_stop"}


            """), (status, answer));
    }

    [Fact]
    public async Task Thoughts_text_and_calls_are_blocks_one_after_the_other()
    {
        Say(Piece("""{"delta":{"role":"assistant","content":""}}"""), Piece("""{"delta":{"reasoning_content":"hm"}}"""), Piece("""{"delta":{"reasoning":"m"}}"""),
            Tokens("I look."), Call(0, "", "c1"), Call(0, """{\"at\":"""), Call(0, "1}"), Tokens("\\n"), Call(1, "", "c\\/2"), Finish("tool_calls"));
        var (_, answer) = await AskAsync(stream: true, Tools);

        Assert.Equal(Begun + """
            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I look."}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: content_block_start
            data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"look","input":{}}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"at\":"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":2}

            event: content_block_start
            data: {"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"\n"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":3}

            event: content_block_start
            data: {"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"c\/2","name":"look","input":{}}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":4}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":12}}

            event: message_stop
            data: {"type":"message_stop"}


            """, answer);
    }

    [Fact]
    public async Task Calls_whose_arguments_come_in_turn_are_each_whole_within_their_block()
    {
        Say(Call(0, """{\"a\":"""), Call(1, """{\"b\":""", ""), Call(0, "1}"), Call(1, "2}"), Call(2, "{}", "c3"), Tokens("done"), Finish("tool_calls"));
        var (_, answer) = await AskAsync(stream: true, Tools);

        Assert.Equal(
        [
            "message_start ",
            "content_block_start 0 toolu_ID_0", """content_block_delta 0 {"a":""", "content_block_delta 0 1}", "content_block_stop 0",
            "content_block_start 1 toolu_ID_1", """content_block_delta 1 {"b":""", "content_block_delta 1 2}", "content_block_stop 1",
            "content_block_start 2 c3", "content_block_delta 2 {}", "content_block_stop 2",
            "content_block_start 3", "content_block_delta 3 done", "content_block_stop 3",
            "message_delta tool_use", "message_stop ",
        ], Lines(answer));
    }

    [Fact]
    public async Task A_call_that_is_cut_off_keeps_what_follows_for_the_end_and_leaves_nothing_out()
    {
        Say(Call(0, """{\"a\":\"hal""", "c1"), Tokens("so"), Piece("""{"delta":{"reasoning":"hm"}}"""), Finish("length"));
        var (_, answer) = await AskAsync(stream: true, Tools);

        Assert.Equal(
        [
            "message_start ",
            "content_block_start 0 c1", """content_block_delta 0 {"a":"hal""", "content_block_stop 0",
            "content_block_start 1", "content_block_delta 1 so", "content_block_stop 1",
            "content_block_start 2", "content_block_delta 2 hm", "content_block_stop 2",
            "message_delta max_tokens", "message_stop ",
        ], Lines(answer));
    }

    [Fact]
    public async Task An_answer_without_a_word_has_no_block()
    {
        foreach (var stream in (bool[])[true, false])
        {
            Say(Finish("stop"));
            var (_, answer) = await AskAsync(stream);
            Assert.DoesNotContain("content_block", answer, StringComparison.Ordinal);
            Assert.Contains("\"content\":[],", answer, StringComparison.Ordinal);
            Assert.Contains("\"stop_reason\":\"end_turn\"", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_document_has_the_same_blocks_and_arguments_that_are_no_object_within_one()
    {
        Say(Tokens("I "), Tokens("look."), Piece("""{"message":{"reasoning_content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\": [1]}"}},"""
            + """{"id":"c2","type":"function","function":{"name":"look","arguments":"{\"at\": \"hal"}},{"id":"c3","type":"function","function":{"name":"look","arguments":""}}]}}"""), Finish("length"));
        var (status, answer) = await AskAsync(stream: false, Tools);

        Assert.Equal((200, """{"id":"msg_ID","type":"message","role":"assistant","model":"clawdbot-embedded","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"I look."},"""
            + """{"type":"tool_use","id":"c1","name":"look","input":{"at": [1]}},{"type":"tool_use","id":"c2","name":"look","input":{"INVALID_JSON":"{\"at\": \"hal"}},{"type":"tool_use","id":"c3","name":"look","input":{}}],"""
            + """ "stop_reason":"max_tokens","stop_sequence":null,""".TrimStart() + Usage.TrimStart() + "}"), (status, answer));
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task An_answer_says_why_it_ended(string says, string finish, string reason)
    {
        foreach (var stream in (bool[])[true, false])
        {
            var part = stream ? "delta" : "message";
            Say(says switch
            {
                "refusal" => Piece($$$"""{"{{{part}}}":{"refusal":"I may not."}}"""),
                "call" => Piece($$$"""{"{{{part}}}":{"tool_calls":[{"index":0,"id":"c","function":{"name":"look","arguments":"{}"}}]}}"""),
                _ => Tokens(says),
            }, Finish(finish));
            var (_, answer) = await AskAsync(stream, says == "a" ? "" : Tools);

            Assert.Contains($"\"stop_reason\":\"{reason}\",\"stop_sequence\":null", answer, StringComparison.Ordinal);
            Assert.Equal(says == "refusal", answer.Contains("I may not.", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""["x","。\n\""]""", true)]
    [InlineData("""["x"]""", false)]
    public async Task The_string_that_ended_an_answer_is_named_where_it_is_one_of_the_clients(string stops, bool isNamed)
    {
        await using var chain = await EngineChain.StartAsync("openai", WireForm.MoreThanText);
        using var http = Clients.Create(chain.Gateway, null);
        foreach (var stream in (bool[])[true, false])
        {
            var (_, answer) = await MessagesClient.SendAsync(http, MessagesClient.Request(MessagesClient.Body(stream, $$""","stop_sequences":{{stops}}""", model: OpenAiFake.Model)));
            Assert.Contains(isNamed ? """ "stop_reason":"stop_sequence","stop_sequence":"\u3002\n\u0022" """.Trim() : """ "stop_reason":"end_turn","stop_sequence":null""".Trim(), answer, StringComparison.Ordinal);
            // Of the prompt's 5 tokens the engine claims that 1000 were cached.
            Assert.Contains(""" "usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":5,"output_tokens":12}""".Trim(), answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replica_that_breaks_off_goes_unnoticed(bool stream)
    {
        await fleet.SettledAsync();
        var undisturbed = await AskAsync(stream);
        foreach (var tokens in (int[])[0, 1, 5, HostileShim.Words])
        {
            fleet.Fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(tokens); g.Http.Abort(); });
            Assert.Equal(undisturbed, await AskAsync(stream));
            await fleet.SettledAsync();
        }
        if (stream)
            Assert.Equal(HostileShim.Answer, MessagesClient.Text(undisturbed.Body));
    }

    [Fact]
    public async Task What_happened_to_a_request_is_told_to_who_asks()
    {
        await fleet.SettledAsync();
        foreach (var stream in (bool[])[true, false])
        {
            fleet.Fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(5); g.Http.Abort(); });
            var (_, answer) = await MessagesClient.SendAsync(_http, MessagesClient.Request(MessagesClient.Body(stream), "X-Clawdbot-Details", "true"));
            Assert.Contains(""" "output_tokens":12},"clawdbot":{"served_model":"clawdbot-embedded","attempts":2,"exactness":"exact",""".Trim(), answer, StringComparison.Ordinal);
            await fleet.SettledAsync();
        }
    }

    [Fact]
    public async Task A_stream_that_can_not_go_on_ends_with_an_error()
    {
        await fleet.SettledAsync();
        fleet.Fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(1); });
        var (status, answer) = await MessagesClient.SendAsync(_http, MessagesClient.Request(MessagesClient.Body(true), "X-Clawdbot-Continue", "none"));

        var (name, error) = MessagesClient.Events(answer)[^1];
        Assert.Equal((200, "error", "error", "api_error", "cannot_continue"), (status, name, error.GetProperty("type").GetString(),
            error.GetProperty("error").GetProperty("type").GetString(), error.GetProperty("error").GetProperty("code").GetString()));
        Assert.StartsWith("msg_", error.GetProperty("request_id").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_request_again_by_its_key_is_answered_once()
    {
        foreach (var stream in (bool[])[true, false])
        {
            var before = fleet.Fleet.Generations;
            var first = await MessagesClient.SendAsync(_http, MessagesClient.Request(MessagesClient.Body(stream), "Idempotency-Key", $"messages-{stream}"));
            Assert.Equal(first, await MessagesClient.SendAsync(_http, MessagesClient.Request(MessagesClient.Body(stream), "Idempotency-Key", $"messages-{stream}")));
            Assert.Equal(before + 1, fleet.Fleet.Generations);
        }
    }

    private Task<(int Status, string Body)> AskAsync(bool stream, string more = "") => MessagesClient.SendAsync(_http, MessagesClient.Request(MessagesClient.Body(stream, more)));

    /// <summary>The next generation says this.</summary>
    private void Say(params string[] events) => fleet.Fleet.Script.Enqueue(async g =>
    {
        await g.StartAsync();
        foreach (var one in events)
            await g.RawAsync(one);
    });

    private static string Tokens(string text) => $$"""
        event: tokens
        data: {"index":0,"text":"{{text}}","ids":[1]}


        """;

    private static string Piece(string choice) => $$"""
        event: piece
        data: {"index":0,"choice":{{choice}}}


        """;

    /// <summary>A part of a call; the first one has an id.</summary>
    private static string Call(int index, string arguments, string? id = null) => Piece($$$"""{"delta":{"tool_calls":[{"index":{{{index}}},"id":"{{{id}}}","function":{"name":"look","arguments":"{{{arguments}}}"}}]}}""");

    private static string Finish(string reason) => $$"""
        event: finish
        data: {"index":0,"reason":"{{reason}}","completion_tokens":12}

        event: usage
        data: {"prompt_tokens":5,"completion_tokens":12,"generated":12}

        event: done
        data: {}


        """;

    /// <summary>Each event in short: name, index, and what is said.</summary>
    private static List<string> Lines(string answer) =>
    [
        .. MessagesClient.Events(answer).Select(e => new StringBuilder(e.Name).Append(' ').Append(e.Data.TryGetProperty("index", out var index) ? index.GetInt32() : "")
            .Append(e.Data.TryGetProperty("content_block", out var block) && block.TryGetProperty("id", out var id) ? $" {id}" : "")
            .Append(e.Data.TryGetProperty("delta", out var delta) ? Said(delta) : "").ToString()),
    ];

    private static string Said(System.Text.Json.JsonElement delta) => delta.TryGetProperty("stop_reason", out var reason) ? $"{reason}"
        : $" {(delta.TryGetProperty("partial_json", out var said) || delta.TryGetProperty("text", out said) || delta.TryGetProperty("thinking", out said) ? said : default)}";
}
