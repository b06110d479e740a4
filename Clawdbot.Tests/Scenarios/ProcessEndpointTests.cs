using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.Text;
using System.Text.Json;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The plain form, as the deployment guide that this product descends from uses it.</summary>
public sealed class ProcessEndpointTests(FastGateway fast) : IClassFixture<FastGateway>
{
    private readonly GatewayProcess _gateway = fast.Process;
    private static readonly byte[] Picture = Pictures.Png(320, 200, (210, 30, 30), (20, 90, 200));

    [Fact]
    public async Task A_text_is_answered_with_its_result_and_its_usage()
    {
        var answer = await AskAsync(new { type = "text", content = "Who are you?" });

        Assert.Contains("Clawdbot", answer.GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.Contains("Who are you?", answer.GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.Equal("stop", answer.GetProperty("finish_reason").GetString());
        Assert.Equal(ChatClient.Model, answer.GetProperty("model").GetString());
        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        var usage = answer.GetProperty("usage");
        Assert.True(usage.GetProperty("prompt_tokens").GetInt32() > 0);
        Assert.Equal(usage.GetProperty("total_tokens").GetInt32(),
            usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("a data URI")]
    [InlineData("bare base64")]
    [InlineData("an instruction and a data URI")]
    [InlineData("an instruction and bare base64")]
    public async Task A_picture_is_looked_at_however_it_is_sent(string how)
    {
        var base64 = Convert.ToBase64String(Picture);
        var answer = await AskAsync(how switch
        {
            "a data URI" => new { type = "image", content = $"data:image/png;base64,{base64}" },
            "bare base64" => new { type = "image", content = base64 },
            "an instruction and a data URI" => new { type = "image", content = "Describe it", image = $"data:image/png;base64,{base64}" },
            _ => (object)new { type = "image", content = "Describe it", image = base64 },
        });

        AssertDescribed(answer.GetProperty("result").GetString()!);
    }

    [Fact]
    public async Task The_instruction_s_language_is_that_of_the_answer()
    {
        var answer = await AskAsync(new { type = "image", content = "描述这张图片的内容", image = Convert.ToBase64String(Picture) });

        Assert.Contains("320x200", answer.GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.Matches("红色?[^0-9]*90%|90% *的?红", answer.GetProperty("result").GetString());
    }

    [Fact]
    public async Task An_instruction_about_no_picture_is_answered_and_told_so()
    {
        Assert.Matches("no picture came|none was sent",
            (await AskAsync(new { type = "image", content = "Recognise the objects in the picture" })).GetProperty("result").GetString()!.ToLowerInvariant());
        Assert.Matches("没有(附上图片|附带图片|收到任何图片)",
            (await AskAsync(new { type = "image", content = "识别图片中的物体" })).GetProperty("result").GetString());
    }

    [Fact]
    public async Task A_hundred_of_the_guide_s_own_requests_are_a_hundred_answers()
    {
        string[] requests = ["""{"type":"text","content":"描述这张图片的内容"}""", """{"type":"image","content":"识别图片中的物体"}"""];
        var before = await _gateway.Fleet.UntilAsync(f => f.Active == 0);
        for (var i = 0; i < 100; i++)
        {
            using var response = await _gateway.Http.PostAsync("/api/process", Json(requests[i % 2]), TestContext.Current.CancellationToken);
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(200, (int)response.StatusCode);
            Assert.NotEmpty(document.RootElement.GetProperty("result").GetString()!);
        }

        var fleet = await _gateway.Fleet.UntilAsync(f => f.Active == 0);
        Assert.Equal((100, 0), (fleet.Served - before.Served, fleet.Failed));
        Assert.All(fleet.Replicas, r => Assert.True(r.Generations - before[r.Id].Generations > 10, $"{r.Id} got few of them"));
    }

    private async Task<JsonElement> AskAsync(object form)
    {
        using var response = await _gateway.Http.PostAsync("/api/process", Json(JsonSerializer.Serialize(form)), TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static void AssertDescribed(string text)
    {
        Assert.Contains("320x200", text, StringComparison.Ordinal);
        Assert.Matches("[Rr]ed[^0-9]*90%|90% red", text);
        Assert.Matches("blue[^0-9]*10%|10% blue", text);
    }
}
