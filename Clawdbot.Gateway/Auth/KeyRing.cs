using Microsoft.Extensions.Primitives;

namespace Clawdbot.Gateway.Auth;

/// <summary>
/// The keys in force. They follow the configuration without a restart. A configuration with mistakes is refused, with every mistake in the
/// log, and the last good one stays in force, so that a typing error locks nobody out and lets nobody in.
/// </summary>
internal sealed partial class KeyRing : IDisposable
{
    private readonly IDisposable _changes;
    private AuthOptions _current;

    public KeyRing(IConfiguration configuration, ILogger<KeyRing> log)
    {
        var section = configuration.GetSection(AuthOptions.Section);
        _current = Read(section);
        _changes = ChangeToken.OnChange(section.GetReloadToken, () =>
        {
            try
            {
                var changed = Read(section);
                if (changed.Keys.Count == 0 && Current.Keys.Count > 0)
                {
                    throw new InvalidOperationException(
                        "Auth:Keys is empty or its file is gone. A gateway with keys is opened only by a restart.");
                }
                Volatile.Write(ref _current, changed);
                Reloaded(log, _current.Keys.Count);
            }
            catch (InvalidOperationException fault)
            {
                Refused(log, fault.Message);
            }
        });
    }

    /// <summary>The options in force.</summary>
    public AuthOptions Current => Volatile.Read(ref _current);

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="InvalidOperationException">It has mistakes; the message names all of them.</exception>
    public static AuthOptions Read(IConfigurationSection section)
    {
        // Without this flag the binder drops a key that has a mistake in it, and a gateway without keys serves others.
        var options = section.Get<AuthOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new AuthOptions();
        var problems = options.Keys.Select((key, i) => key.Problem(i)).OfType<string>().ToList();
        return problems.Count == 0 ? options : throw new InvalidOperationException(string.Join(" ", problems));
    }

    /// <inheritdoc/>
    public void Dispose() => _changes.Dispose();

    [LoggerMessage(Level = LogLevel.Information, Message = "API keys reloaded: {Count}")]
    private static partial void Reloaded(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed Auth section is refused, the last good one stays. {Problems}")]
    private static partial void Refused(ILogger logger, string problems);
}
