using BenchmarkDotNet.Attributes;
using Clawdbot.Bench.Measure;
using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Bench.Micro;

/// <summary>A request's body: read, checked, given back. What is allocated for one with a picture must not grow with the picture.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class BodyBenchmark
{
    private readonly BodyReader _reader = new(
        Options.Create(new EdgeOptions()), new Spool(Options.Create(new EdgeOptions()), NullLogger<Spool>.Instance));
    private byte[] _bytes = [];

    /// <summary>Size of the picture, as base64.</summary>
    [Params(1000, 100_000, 900_000)]
    public int Bytes { get; set; }

    /// <summary>Makes the body.</summary>
    [GlobalSetup]
    public void SetUp() => _bytes = new Case("body", 0, 0, 0, true, Bytes).Body();

    /// <summary>One body.</summary>
    [Benchmark]
    public async Task<int> Read()
    {
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(_bytes);
        http.Request.ContentLength = _bytes.Length;
        using var body = await _reader.ReadAsync(http.Request, CancellationToken.None);
        return ChatScan.Read(body.Bytes).Body.Length;
    }
}
