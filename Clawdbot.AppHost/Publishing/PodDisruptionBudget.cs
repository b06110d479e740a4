using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Serialization;

namespace Clawdbot.AppHost.Publishing;

/// <summary>Says that of a group of pods one at a time may be taken away when nodes are drained. Aspire has no such type.</summary>
internal sealed class PodDisruptionBudget : BaseKubernetesResource
{
    /// <summary>The budget of the pods with these labels.</summary>
    public PodDisruptionBudget(string name, Dictionary<string, string> labels) : base("policy/v1", "PodDisruptionBudget")
    {
        Metadata.Name = name;
        Spec = new PodDisruptionBudgetSpec { Selector = new LabelSelectorV1(labels) };
    }

    /// <summary>What Kubernetes calls its specification.</summary>
    [YamlMember(Alias = "spec")]
    public PodDisruptionBudgetSpec Spec { get; }
}

/// <summary>The specification of a <see cref="PodDisruptionBudget"/>.</summary>
internal sealed class PodDisruptionBudgetSpec
{
    /// <summary>How many pods may be away at once.</summary>
    [YamlMember(Alias = "maxUnavailable")]
    public int MaxUnavailable { get; init; } = 1;

    /// <summary>Whose budget it is.</summary>
    [YamlMember(Alias = "selector")]
    public required LabelSelectorV1 Selector { get; init; }
}
