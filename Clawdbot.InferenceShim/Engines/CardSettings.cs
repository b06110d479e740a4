using Microsoft.Extensions.Configuration.Json;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// Reads the settings for one kind of card. An engine image holds them as <c>cards/24.json</c> and so on beside the shim;
/// <c>Engine:Card</c> names the file. Any other source of settings overrides them.
/// </summary>
internal static class CardSettings
{
    private const string Folder = "cards";

    /// <summary>Puts the chosen card's settings below all others. Ends the start when there is no such card.</summary>
    public static void AddCard(this ConfigurationManager configuration, string root)
    {
        if (configuration["Engine:Card"] is not { Length: > 0 } card)
            return;
        var folder = Path.Combine(root, Folder);
        var known = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToList()
            : [];
        if (!known.Contains(card))
        {
            throw new InvalidOperationException(
                $"Engine:Card={card}: {folder} has settings for {(known.Count > 0 ? string.Join(", ", known) : "no card")}.");
        }
        var source = new JsonConfigurationSource { Path = Path.Combine(folder, $"{card}.json") };
        source.ResolveFileProvider();
        configuration.Sources.Insert(0, source);
    }
}
