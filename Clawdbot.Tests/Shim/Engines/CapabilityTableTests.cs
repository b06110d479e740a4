using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.Testing.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Clawdbot.Tests.Shim.Engines;

/// <summary>What every kind of engine says that it can do, as a table: docs/engines.md has the same one.</summary>
public sealed class CapabilityTableTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_documented_table_is_what_the_engines_say()
    {
        var table = await TableAsync();
        output.WriteLine(table);

        Assert.Contains(table,
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "engines.md"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    private static async Task<string> TableAsync()
    {
        var columns = new List<EngineCapabilities>();
        foreach (var kind in EngineKinds.Names)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddInMemoryCollection([new("Engine:Kind", kind), new("Engine:Address", "http://127.0.0.1:1")]);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.AddEngine();
            await using var services = builder.Services.BuildServiceProvider();
            columns.Add(services.GetRequiredService<IEngine>().Capabilities);
        }
        var table = new StringBuilder(
            $"| | {string.Join(" | ", EngineKinds.Names)} |\n|{string.Concat(Enumerable.Repeat("---|", EngineKinds.Names.Count + 1))}\n");
        foreach (var property in typeof(EngineCapabilities).GetProperties())
            table.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"| {property.Name} | {string.Join(" | ", columns.Select(c => Word(property.GetValue(c))))} |\n");
        return table.ToString();
    }

    private static string Word(object? value) => value switch
    {
        true => "yes",
        false => "-",
        _ => $"{value}",
    };
}
