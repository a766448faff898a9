/** Language models and what stands around them. */
import type { Rule } from '../rule.ts'

export const modelRules: readonly Rule[] = [
  {
    id: 'openai-key',
    vendor: 'OpenAI',
    name: 'API key',
    keywords: ['T3BlbkFJ'],
    pattern: 'sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,90}|[A-Za-z0-9]{20})T3BlbkFJ[A-Za-z0-9_-]{20,90}',
    lead: 104,
  },
  { id: 'anthropic-key', vendor: 'Anthropic', name: 'API key', keywords: ['sk-ant-'], pattern: 'sk-ant-(?:api|admin|oat|sid)[0-9]{2}-[A-Za-z0-9_-]{80,120}' },
  { id: 'huggingface-token', vendor: 'Hugging Face', name: 'access token', keywords: ['hf_'], pattern: 'hf_[A-Za-z]{34}', minEntropy: 3.7 },
  { id: 'replicate-token', vendor: 'Replicate', name: 'API token', keywords: ['r8_'], pattern: 'r8_[A-Za-z0-9]{37}', minEntropy: 3.7 },
  { id: 'groq-key', vendor: 'Groq', name: 'API key', keywords: ['gsk_'], pattern: 'gsk_[A-Za-z0-9]{52}' },
  { id: 'perplexity-key', vendor: 'Perplexity', name: 'API key', keywords: ['pplx-'], pattern: 'pplx-[A-Za-z0-9]{48}' },
  { id: 'xai-key', vendor: 'xAI', name: 'API key', keywords: ['xai-'], pattern: 'xai-[A-Za-z0-9]{80}' },
  { id: 'openrouter-key', vendor: 'OpenRouter', name: 'API key', keywords: ['sk-or-v1-'], pattern: 'sk-or-v1-[a-f0-9]{64}' },
  { id: 'langsmith-key', vendor: 'LangSmith', name: 'API key', keywords: ['lsv2_'], pattern: 'lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}' },
]
