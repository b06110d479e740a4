using System.Text;
using BenchmarkDotNet.Attributes;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Bench.Micro;

/// <summary>Reading a generation's stream: a thousand <c>tokens</c> events.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class SseBenchmark
{
    private const int Count = 1000;
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Count)
        .Select(i => $"event: tokens\ndata: {{\"index\":0,\"text\":\"token \",\"ids\":[{i}]}}\n\n")));

    /// <summary>The event stream alone.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public async Task<int> Events()
    {
        using var reader = new SseReader(new MemoryStream(_bytes));
        var read = 0;
        while (await reader.ReadAsync(CancellationToken.None) == SseResult.Event)
            read += reader.Data.Length;
        return read;
    }

    /// <summary>The event stream, and the tokens in each event.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public async Task<int> Tokens()
    {
        using var reader = new SseReader(new MemoryStream(_bytes));
        var tokens = new TokenBatch();
        var read = 0;
        while (await reader.ReadAsync(CancellationToken.None) == SseResult.Event)
        {
            read += tokens.Read(reader.Data) ? tokens.Ids.Count : 0;
        }
        return read;
    }
}
