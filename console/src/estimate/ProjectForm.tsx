import { useTranslation } from 'react-i18next'
import { Choices } from '../ui/Choices.tsx'
import { InputField } from '../ui/Field.tsx'
import { type Project, type WrongInProject, wrongInProject } from './asked.ts'

/** What goes for all shots: how often one is made again, and what one's own customers pay. */
export function ProjectForm({ project, onProject }: { project: Project; onProject: (project: Project) => void }) {
  const { t } = useTranslation()
  const wrong = wrongInProject(project)
  const field = (name: WrongInProject, hint?: string) => (
    <InputField
      label={t(`estimate.project.${name}`)}
      hint={hint}
      numeric
      value={project[name]}
      onValue={(value) => onProject({ ...project, [name]: value })}
      wrong={wrong.includes(name) ? t(`estimate.project_wrong.${name}`) : null}
    />
  )
  return (
    <div className="grid gap-6 sm:grid-cols-2">
      <fieldset className="min-w-0">
        <legend className="mb-3 text-title font-strong">{t('estimate.retries')}</legend>
        <div className="grid grid-cols-2 items-start gap-4">
          {field('retry', t('estimate.retry_hint'))}
          {field('expected', t('estimate.expected_hint'))}
        </div>
      </fieldset>
      <fieldset className="min-w-0">
        <legend className="mb-3 text-title font-strong">{t('estimate.selling')}</legend>
        <div className="grid grid-cols-2 items-start gap-4">
          {field('price', t('estimate.price_hint'))}
          {field('overhead', t('estimate.overhead_hint'))}
          {field('volume')}
          <Choices
            label={t('estimate.per')}
            values={['day', 'month'] as const}
            chosen={project.per}
            onChoose={(per) => onProject({ ...project, per })}
            nameOf={(per) => t(`estimate.per_name.${per}`)}
            itemClass="px-3"
          >
            {(per) => <span aria-hidden="true">{t(`estimate.per_name.${per}`)}</span>}
          </Choices>
        </div>
      </fieldset>
    </div>
  )
}
