using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Models;

/// <summary>Refuses the start of a gateway with an alias that leads nowhere.</summary>
internal sealed class AliasRule : IValidateOptions<ModelOptions>
{
    /// <summary>Most characters of a model's name, as in requests.</summary>
    private const int Longest = 256;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ModelOptions options)
    {
        var problems = options.Aliases.Select(alias => Problem(options, alias.Key, alias.Value)).OfType<string>().ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static string? Problem(ModelOptions options, string alias, string? model) =>
        alias.Length > Longest || model is not { Length: > 0 and <= Longest }
        ? $"Models:Aliases:{alias} must name a model, and neither name may be longer than {Longest} characters."
        : options.Aliases.ContainsKey(model)
            ? $"Models:Aliases:{alias} is '{model}', which is an alias itself. Name the model as a replica serves it."
            : null;
}
