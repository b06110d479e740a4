using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class TokenBatchTests
{
    [Fact]
    public void What_a_shim_writes_is_read() => Gen.Select(Gen.Int[0, 7], Gen.String, Gen.Int[0, 200_000].Array[1, 10])
        .Sample((index, text, ids) =>
    {
        var batch = new TokenBatch();

        Assert.True(batch.Read(JsonSerializer.SerializeToUtf8Bytes(new GenerationTokens(index, text, ids),
            WireJson.Default.GenerationTokens)));

        Assert.Equal(index, batch.Index);
        Assert.Equal(ids, batch.Ids);
        var valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Equal(valid, JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString(batch.Text.Span)}\""));
    }, iter: 500);

    [Theory]
    [InlineData("""{"index":0,"text":"a\u0062\n\"图","ids":[1]}""", """a\u0062\n\"图""")]
    [InlineData(""" { "ids" : [ 1 ] , "more" : [ { "text" : "not this" } ] , "text" : "x" } """, "x")]
    [InlineData("""{"ids":[1],"text":""}""", "")]
    [InlineData("""{"ids":[1]}""", "")]
    public void The_text_is_handed_on_escaped_as_it_came(string data, string text)
    {
        var batch = new TokenBatch();

        Assert.True(batch.Read(Encoding.UTF8.GetBytes(data)));

        Assert.Equal(text, Encoding.UTF8.GetString(batch.Text.Span));
        Assert.Equal([1], batch.Ids);
        Assert.Equal(0, batch.Index);
    }

    [Theory]
    [InlineData("""{"text":"x"}""")]
    [InlineData("""{"text":"x","ids":[]}""")]
    [InlineData("""{"index":1,"text":"x"}""")]
    public void An_engine_without_ids_sends_text_alone(string data)
    {
        var batch = new TokenBatch();

        Assert.True(batch.Read(Encoding.UTF8.GetBytes(data)));

        Assert.Equal("x", Encoding.UTF8.GetString(batch.Text.Span));
        Assert.Empty(batch.Ids);
    }

    [Theory]
    [InlineData("""{"text":"x"}""", 1)]
    [InlineData("""{"text":"x","count":1}""", 1)]
    [InlineData("""{"count":7,"text":"x y z"}""", 7)]
    [InlineData("""{"text":"x","ids":[1,2],"count":7}""", 2)]
    public void Tokens_without_ids_are_as_many_as_the_shim_says(string data, int count)
    {
        var batch = new TokenBatch();
        Assert.True(batch.Read("""{"text":"x","count":9}"""u8));

        Assert.True(batch.Read(Encoding.UTF8.GetBytes(data)));
        Assert.Equal(count, batch.Count);
    }

    [Theory]
    [InlineData("""{"text":"x","count":0}""")]
    [InlineData("""{"text":"x","count":-1}""")]
    [InlineData("""{"text":"x","count":99999999}""")]
    [InlineData("""{"text":"x","count":"2"}""")]
    [InlineData("""{"text":"x","count":null}""")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("""{"ids":[]}""")]
    [InlineData("""{"index":0}""")]
    [InlineData("""{"text":"x","ids":null}""")]
    [InlineData("""{"text":"x","ids":["1"]}""")]
    [InlineData("""{"text":"x","ids":[1.5]}""")]
    [InlineData("""{"text":"x","ids":[99999999999]}""")]
    [InlineData("""{"text":"x","ids":[[1]]}""")]
    [InlineData("""{"text":null,"ids":[1]}""")]
    [InlineData("""{"text":5,"ids":[1]}""")]
    [InlineData("""{"text":"x","ids":[1],"index":"0"}""")]
    [InlineData("""{"text":"x","ids":[1],"index":0.5}""")]
    public void What_is_no_tokens_event_is_not_read(string data) => Assert.False(new TokenBatch().Read(Encoding.UTF8.GetBytes(data)));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("""{"text":"x","ids":[1]""")]
    [InlineData("""{"text":"x","ids":[1]} x""")]
    public void What_is_not_JSON_is_told_as_such(string data) =>
        Assert.ThrowsAny<JsonException>(() => new TokenBatch().Read(Encoding.UTF8.GetBytes(data)));

    [Fact]
    public void Half_an_event_is_never_read_as_a_whole_one()
    {
        var whole = JsonSerializer.SerializeToUtf8Bytes(new GenerationTokens(1, "图片 \"x\"", [1, 22, 333]),
            WireJson.Default.GenerationTokens);
        for (var cut = 0; cut < whole.Length; cut++)
            Assert.ThrowsAny<JsonException>(() => new TokenBatch().Read(whole.AsSpan(0, cut)));
    }
}
