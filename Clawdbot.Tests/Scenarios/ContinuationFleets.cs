using System.Collections.Concurrent;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Tests that share these fleets; one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ContinuationFleetGroup : ICollectionFixture<ContinuationFleets>
{
    public const string Name = "continuation fleets";
}

/// <summary>One fleet for each kind of engine that tests ask for, started when the first one does. They leave it as they found it.</summary>
public sealed class ContinuationFleets : IAsyncLifetime
{
    private const string Text = "--Engine:OpenAi:Continuation=ContinueFinalMessage";
    private const string Repeatable = "--Engine:OpenAi:Repeatable=true";

    private readonly ConcurrentDictionary<string, Task<ContinuationFleet>> _fleets = new();

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var fleet in _fleets.Values)
        {
            await ((Task)fleet).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the test that wanted it has said what it was
            if (fleet.IsCompletedSuccessfully)
                await (await fleet).DisposeAsync();
        }
    }

    /// <summary>Engines that can neither go on from text nor say the same again.</summary>
    internal Task<ContinuationFleet> PlainAsync() => SharedAsync("plain", () => ContinuationFleet.StartAsync(() => new EngineCore()));

    /// <summary>Engines that go on from text.</summary>
    internal Task<ContinuationFleet> ByTextAsync() =>
        SharedAsync("by text", () => ContinuationFleet.StartAsync(() => new EngineCore(), Text));

    /// <summary>Engines that say the same again.</summary>
    internal Task<ContinuationFleet> RepeatableAsync() => SharedAsync("repeatable", () => ContinuationFleet.StartAsync(() => new EngineCore(), Repeatable));

    /// <summary>Engines that claim to say the same again, and don't, and go on from text.</summary>
    internal Task<ContinuationFleet> FalselyRepeatableAsync() => SharedAsync("falsely", () => ContinuationFleet.StartAsync(() => new EngineCore { IsRepeatable = false }, Text, Repeatable));

    /// <summary>llama.cpp.</summary>
    internal Task<ContinuationFleet> LlamaCppAsync() => SharedAsync("llamacpp", () => ContinuationFleet.StartAsync("llamacpp", LlamaCppFake.Model, () => new LlamaCppFake(new EngineCore())));

    /// <summary>Ollama.</summary>
    internal Task<ContinuationFleet> OllamaAsync() => SharedAsync("ollama", () => ContinuationFleet.StartAsync("ollama", OllamaFake.Model, () => new OllamaFake(new EngineCore())));

    private async Task<ContinuationFleet> SharedAsync(string kind, Func<Task<ContinuationFleet>> start)
    {
        var fleet = await _fleets.GetOrAdd(kind, _ => start());
        await fleet.SettledAsync();
        fleet.ForgetBodies();
        fleet.Script.Clear(); // what a test that failed has left
        return fleet;
    }
}
