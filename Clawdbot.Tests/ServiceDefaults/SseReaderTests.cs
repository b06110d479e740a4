using System.Text;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class SseReaderTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.OneOf("", " ", "a", "  two", ":", "a:b", "data", "event: x", "图片", "🦞", "ü\u2028\uFEFF", "[DONE]", "{\"a\":\"\\n\"}"),
        Gen.String[Gen.Char.AlphaNumeric, 0, 300]);

    /// <summary>Lines of one event between its first field and its end, comments and unknown fields among them.</summary>
    private static readonly Gen<SentEvent> Event = Gen.Select(
        Gen.Null(Text), Text.Array[1, 4], Gen.OneOf(": ping", ":", "id: 7", "retry: 10", "unknown", "datax: 1").Array[0, 3], Gen.Int,
        (name, data, noise, order) => new SentEvent(name ?? "", data, noise, order));

    private static readonly Gen<string> LineEnd = Gen.OneOf("\n", "\r", "\r\n");

    private static readonly Gen<int[]> Pieces = Gen.OneOf(Gen.Int[1, 3].Array[1, 5], Gen.Int[1, 5000].Array[1, 5], Gen.Const(new[] { int.MaxValue }));

    [Theory]
    [InlineData("event: tokens\ndata: 2\n\n", true)]
    [InlineData("event: tokens\ndata: 2\n\nevent", true)]
    [InlineData("event: tokens\ndata: 2\n", false)] // not all of it
    [InlineData("event: tokensx\ndata: 2\n\n", false)]
    [InlineData("event: finish\ndata: 2\n\nevent: tokens\ndata: 3\n\n", false)]
    [InlineData("", false)]
    public async Task It_knows_which_event_has_come_behind_the_one_that_was_read(string behind, bool isNext)
    {
        using var reader = new SseReader(new MemoryStream(Encoding.UTF8.GetBytes("event: tokens\ndata: 1\n\n" + behind)));
        Assert.Equal(SseResult.Event, await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(isNext, reader.IsNext("tokens"u8));
        Assert.Equal("1"u8.ToArray(), reader.Data.ToArray());
    }

    [Fact]
    public Task Any_split_of_the_bytes_gives_the_events_that_were_sent() =>
        Gen.Select(Event.Array[0, 6], LineEnd.Array[1, 7], Pieces).SampleAsync(async (sent, ends, pieces) =>
        {
            var (bytes, _) = Render(sent, ends);
            var (events, end) = await ReadAllAsync(new PiecewiseStream(bytes, pieces));

            Assert.Equal(sent.Select(e => (e.Name, e.Text)), events);
            Assert.Equal(SseResult.End, end);
        }, iter: 2000);

    [Fact]
    public Task A_stream_cut_inside_an_event_is_truncated_and_one_cut_between_events_is_not() =>
        Gen.Select(Event.Array[1, 4], LineEnd.Array[1, 7], Pieces, Gen.Int[0, 1_000_000]).SampleAsync(async (sent, ends, pieces, at) =>
        {
            var (bytes, complete) = Render(sent, ends);
            var cut = at % (bytes.Length + 1);
            var (events, end) = await ReadAllAsync(new PiecewiseStream(bytes.AsMemory(0, cut), pieces));

            var whole = complete.Count(c => c <= cut);
            Assert.Equal(sent.Take(whole).Select(e => (e.Name, e.Text)), events);
            var between = cut == 0 || (whole > 0 && (cut == complete[whole - 1] || (cut == complete[whole - 1] + 1 && bytes[cut - 1] == '\n' && bytes[cut - 2] == '\r')));
            Assert.Equal(between ? SseResult.End : SseResult.Truncated, end);
        }, iter: 2000);

    [Theory]
    [InlineData("data: ")]
    [InlineData(": ")]
    [InlineData("")]
    public async Task A_line_without_end_is_given_up_before_much_more_than_the_limit_is_buffered(string start)
    {
        const int limit = 10_000;
        var endless = new PiecewiseStream(Encoding.UTF8.GetBytes(start + new string('x', 1 << 20)), [1000]);
        var (events, end) = await ReadAllAsync(endless, limit);

        Assert.Empty(events);
        Assert.Equal(SseResult.TooLarge, end);
        Assert.InRange(endless.Taken, limit, limit + 1000);
    }

    [Fact]
    public async Task An_event_of_lines_without_end_is_given_up_too()
    {
        var endless = new PiecewiseStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: abcdefghij\n", 100_000))), [1000]);
        var (events, end) = await ReadAllAsync(endless, 10_000);

        Assert.Empty(events);
        Assert.Equal(SseResult.TooLarge, end);
        Assert.InRange(endless.Taken, 10_000, 20_000);
    }

    [Fact]
    public async Task Comments_between_events_may_go_on_for_ever()
    {
        var pings = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(": ping\n\n", 50_000)) + "data: x\n\n");
        var (events, end) = await ReadAllAsync(new PiecewiseStream(pings, [777]), 100);

        Assert.Equal([("", "x")], events);
        Assert.Equal(SseResult.End, end);
    }

    [Fact]
    public Task An_event_about_as_large_as_the_limit_is_judged_alike_however_its_bytes_are_split() =>
        Gen.Select(Gen.Int[80, 120].Array[1, 3], Pieces).SampleAsync(async (sizes, pieces) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(sizes.Select(n => $"data:{new string('x', n)}\n")) + "\n");
            var limit = sizes.Length * 100;

            var whole = await ReadAllAsync(new PiecewiseStream(bytes, [int.MaxValue]), limit);
            var split = await ReadAllAsync(new PiecewiseStream(bytes, pieces), limit);

            Assert.Equal(whole.End, split.End);
            Assert.Equal(whole.Events, split.Events);
        }, iter: 500);

    [Fact]
    public async Task An_event_with_a_name_and_no_data_is_none()
    {
        var (events, end) = await ReadAllAsync(new PiecewiseStream("event: lost\nid: 1\n\ndata: x\n\n"u8.ToArray(), [3]));

        Assert.Equal([("", "x")], events);
        Assert.Equal(SseResult.End, end);
    }

    [Fact]
    public async Task Comments_are_told_to_who_asks_and_change_nothing_of_the_events()
    {
        using var reader = new SseReader(
            new PiecewiseStream(": a\n\nevent: e\n: b\ndata: 1\n:c\r\ndata: 2\n\n:\n"u8.ToArray(), [2]), tellsComments: true);
        var seen = new List<string>();
        for (var read = SseResult.Comment; read is SseResult.Comment or SseResult.Event;)
        {
            read = await reader.ReadAsync(TestContext.Current.CancellationToken);
            seen.Add(read == SseResult.Event ? $"{Encoding.UTF8.GetString(reader.Name)} {Encoding.UTF8.GetString(reader.Data)}" : $"{read}");
        }

        Assert.Equal(["Comment", "Comment", "Comment", "e 1\n2", "Comment", "End"], seen);
    }

    [Fact]
    public async Task What_the_stream_throws_comes_through()
    {
        using var reader = new SseReader(new PiecewiseStream("data: x\n"u8.ToArray(), [3], new IOException("reset")));

        await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(TestContext.Current.CancellationToken).AsTask());
    }

    private static async Task<(List<(string Name, string Data)> Events, SseResult End)> ReadAllAsync(Stream stream, int limit = 1 << 20)
    {
        using var reader = new SseReader(stream, limit);
        var events = new List<(string, string)>();
        while (true)
        {
            var result = await reader.ReadAsync(CancellationToken.None);
            if (result != SseResult.Event)
                return (events, result);
            events.Add((Encoding.UTF8.GetString(reader.Name), Encoding.UTF8.GetString(reader.Data)));
        }
    }

    /// <summary>The bytes, and for each event the position from which on it is complete.</summary>
    private static (byte[] Bytes, List<int> Complete) Render(IEnumerable<SentEvent> events, string[] ends)
    {
        var (text, last, line) = (new StringBuilder(), "", 0);
        var complete = new List<int>();
        foreach (var sent in events)
        {
            foreach (var content in sent.Lines())
            {
                last = ends[line++ % ends.Length];
                text.Append(content).Append(last);
            }
            // LF behind CR would be one line end and not two.
            var end = ends[line++ % ends.Length];
            last = last == "\r" && end == "\n" ? "\r\n" : end;
            text.Append(last);
            complete.Add(Encoding.UTF8.GetByteCount(text.ToString()) - (last.Length - 1));
        }
        return (Encoding.UTF8.GetBytes(text.ToString()), complete);
    }

    private sealed record SentEvent(string Name, string[] Data, string[] Noise, int Order)
    {
        public string Text => string.Join('\n', Data);

        /// <summary>Its lines, data in order, the rest anywhere behind the first field.</summary>
        public List<string> Lines()
        {
            var random = new Random(Order);
            List<string> lines = [.. Data.Select(d => Field("data", d, random))];
            if (Name.Length > 0)
                lines.Insert(random.Next(lines.Count + 1), Field("event", Name, random));
            foreach (var noise in Noise)
                lines.Insert(random.Next(1, lines.Count + 1), noise);
            return lines;
        }

        private static string Field(string name, string value, Random random) =>
            value.Length == 0 && random.Next(2) == 0 ? name
            : value.StartsWith(' ') || random.Next(2) == 0 ? $"{name}: {value}"
            : $"{name}:{value}";
    }
}
