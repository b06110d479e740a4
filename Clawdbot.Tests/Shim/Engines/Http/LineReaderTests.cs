using System.Text;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.Shim.Engines.Http;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}|{\"b\":2}", SseResult.End)]
    [InlineData("{\"a\":1}\r\n\n \n{\"b\":\"图\"}\n", "{\"a\":1}\r|{\"b\":\"图\"}", SseResult.End)]
    [InlineData("{\"a\":1}\n{\"b\":", "{\"a\":1}", SseResult.Truncated)]
    [InlineData("{\"a\":1}", "{\"a\":1}", SseResult.End)]
    [InlineData("{\"a\":1}\n{\"b\":2", "{\"a\":1}", SseResult.Truncated)]
    [InlineData("{\"a\":1}\n ", "{\"a\":1}", SseResult.End)]
    [InlineData("", "", SseResult.End)]
    [InlineData("\n\n", "", SseResult.End)]
    public Task However_the_bytes_come_the_lines_are_the_same(string bytes, string lines, SseResult end) =>
        Gen.Int[1, 9].SampleAsync(async size =>
        {
            var (seen, result) = await ReadAsync(bytes, size, 100);
            Assert.Equal((lines, end), (string.Join('|', seen), result));
        }, iter: 20);

    [Theory]
    [InlineData("12345678901\n")]
    [InlineData("12345678901")]
    public async Task A_line_without_end_is_not_kept(string bytes) =>
        Assert.Equal(SseResult.TooLarge, (await ReadAsync(bytes, 4, 10)).Result);

    private static async Task<(List<string> Lines, SseResult Result)> ReadAsync(string bytes, int size, int most)
    {
        using var reader = new LineReader(new PiecewiseStream(Encoding.UTF8.GetBytes(bytes), [size]), most);
        var lines = new List<string>();
        while (true)
        {
            var result = await reader.ReadAsync(TestContext.Current.CancellationToken);
            if (result != SseResult.Event)
                return (lines, result);
            lines.Add(Encoding.UTF8.GetString(reader.Data));
        }
    }
}
