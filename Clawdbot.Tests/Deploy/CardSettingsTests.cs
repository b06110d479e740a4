using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Deploy;

/// <summary>The card in a real shim, as in an image: settings beside the program, the choice in the environment.</summary>
public sealed class CardSettingsTests : IDisposable
{
    private const string Card = "card-of-a-test";

    private readonly string _file = Path.Combine(Path.GetDirectoryName(Repository.Program("Clawdbot.InferenceShim"))!, "cards", $"{Card}.json");

    public CardSettingsTests()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        File.WriteAllText(_file, """{ "Engine": { "Capacity": 44 } } // as long as there is nothing stronger""");
    }

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(null, 44)]
    [InlineData("5", 5)]
    public async Task A_shim_takes_the_settings_of_its_card_where_nothing_else_is_set(string? capacity, int expected)
    {
        var environment = new Dictionary<string, string> { ["Engine__Card"] = Card };
        if (capacity is not null)
            environment["Engine__Capacity"] = capacity;
        await using var shim = await ShimHost.StartAsync(environment);
        using var caller = new FleetCaller(shim.Address);

        Assert.Equal(expected, (await caller.StatusAsync(_ => true)).Capacity);
    }
}
