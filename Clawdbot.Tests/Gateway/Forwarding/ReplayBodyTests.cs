using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class ReplayBodyTests
{
    private static readonly Gen<string> Bodies = Gen.Select(
        Gen.OneOf("", " ", "\r\n\t "), Gen.OneOf("", " ", "\n"),
        Gen.OneOf("\"model\":\"m\"", "\"a\" : {\"clawdbot\":[1.50,-0e0,\"\\u007b\"]}", "\"图片\":\"{\\\"}\\/🦞\"", "\"x\":\"{\"").Array[1, 4],
        Gen.OneOf("", " \n"),
        (before, inside, fields, after) =>
        {
            var named = fields.Select((f, i) => f.Insert(1, i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            return $"{before}{{{inside}{string.Join(" ,", named)}}}{after}";
        });

    private static readonly Gen<GenerationExtras> Extras = Gen.Select(
        Gen.Nullable(Gen.Long), Gen.Null(Gen.Int[0, 200_000].Array[0, 20]), Gen.Null(Gen.String), Gen.Int[0, 9], Gen.Bool,
        (seed, ids, text, delivered, fold) => new GenerationExtras(seed, ids, text, delivered, fold));

    [Fact]
    public Task The_gateways_field_is_added_and_every_byte_of_the_client_stays() => Gen.Select(Bodies, Extras)
        .SampleAsync(async (body, extras) =>
    {
        using var content = new ReplayBody(Encoding.UTF8.GetBytes(body), extras);
        var sent = await content.ReadAsByteArrayAsync();

        Assert.Equal(sent.Length, content.Headers.ContentLength);
        Assert.EndsWith(body.TrimStart()[1..], Encoding.UTF8.GetString(sent), StringComparison.Ordinal);
        var json = JsonNode.Parse(sent)!.AsObject();
        var added = json[GenerationEvents.ExtrasField].Deserialize(WireJson.Default.GenerationExtras)!;
        Assert.Equal(extras.Seed, added.Seed);
        Assert.Equal(extras.Continue, added.Continue);
        Assert.Equal(Valid(extras.ContinueText), added.ContinueText);
        Assert.Equal((extras.Delivered, extras.Fold), (added.Delivered, added.Fold));
        json.Remove(GenerationEvents.ExtrasField);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(body), json));
    }, iter: 500);

    /// <summary>Half a surrogate pair has no UTF-8.</summary>
    private static string? Valid(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    [Fact]
    public async Task Edits_are_sent_in_place_of_parts_of_the_body()
    {
        using var content = new ReplayBody("""  {"model":"a","x":[1,2]}"""u8.ToArray(), new GenerationExtras(1, null),
            [new(3, 0, "\"y\":0,"u8.ToArray()), new(11, 3, "\"a longer name\""u8.ToArray()), new(20, 1, default)]);
        var sent = await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal("""{"clawdbot":{"seed":1},"y":0,"model":"a longer name","x":[,2]}""", Encoding.UTF8.GetString(sent));
        Assert.Equal(sent.Length, content.Headers.ContentLength);
    }

    [Fact]
    public async Task It_can_be_sent_any_number_of_times()
    {
        var body = """{"model":"m"}"""u8.ToArray();
        using var first = new ReplayBody(body, new GenerationExtras(1, null));
        using var second = new ReplayBody(body, new GenerationExtras(1, [5, 6]));

        Assert.Equal("""{"clawdbot":{"seed":1},"model":"m"}""", await first.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("""{"clawdbot":{"seed":1,"continue":[5,6]},"model":"m"}""",
            await second.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/json", second.Headers.ContentType?.ToString());
    }
}
